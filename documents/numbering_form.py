"""How a company numbers its documents: shape only, judged by the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import ServedForm
from accounts.models import Merchant
from documents.services import numbering


class ScopeForm(ServedForm):
    number_scope = forms.ChoiceField(
        label=_("Series of numbers"),
        choices=Merchant.NumberScope.choices,
        help_text=_("More than one series per establishment needs Hacienda's authorisation."),
    )


class StartForm(ServedForm):
    series = forms.ChoiceField(label=_("Series"))
    number = forms.IntegerField(
        label=_("Next number"),
        min_value=1,
        help_text=_("The first that SmartBill may use, where another system has used the ones before it this year."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, merchant: Merchant, nexts: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["series"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (name, _("%(series)s: next %(number)s") % {"series": name, "number": nexts.get(name, 1)})
            for name in numbering.possible(merchant)
        ]
