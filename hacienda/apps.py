from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HaciendaConfig(AppConfig):
    name = "hacienda"
    verbose_name = _("Hacienda")
    default_auto_field = "django.db.models.BigAutoField"
