from importlib import import_module

from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class SmartBillConfig(AppConfig):
    name = "smartbill"

    def ready(self) -> None:
        import_module("smartbill.checks")  # registers the system checks


class StaticFiles(StaticFilesConfig):
    # Pages that we do not show: packing their megabytes would hold up the first start.
    ignore_patterns = (*StaticFilesConfig.ignore_patterns, "redoc", "rest_framework")
