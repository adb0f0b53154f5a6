from django.core.management.commands import migrate

from backoffice.extensions.drawing import WholeTables


class Command(migrate.Command):
    autodetector = WholeTables
