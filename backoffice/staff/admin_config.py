from django.contrib.admin.apps import AdminConfig


class DeskAdminConfig(AdminConfig):
    """Makes our site the one that `django.contrib.admin` knows and fills from each app's admin.py."""

    default = False
    default_site = "backoffice.staff.site.desk_site"
