from django.core.management.commands import makemigrations

from backoffice.extensions.drawing import WholeTables


class Command(makemigrations.Command):
    autodetector = WholeTables
