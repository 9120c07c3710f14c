"""How a company numbers its documents: shape only, judged by the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import ServedForm
from accounts.models import Merchant
from documents import series_names
from documents.services import numbering
from hacienda.registry import authority


class ScopeForm(ServedForm):
    number_scope = forms.ChoiceField(
        label=_("Series of numbers"),
        help_text=_("More than one series per establishment needs Hacienda's authorisation."),
    )

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["number_scope"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one.value, Merchant.NumberScope(one.value).label) for one in numbering.scopes(merchant)]


class StartForm(ServedForm):
    series = forms.ChoiceField(label=_("Series"))
    number = forms.IntegerField(
        label=_("Next number"),
        min_value=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, merchant: Merchant, nexts: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["series"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (
                name,
                _("%(series)s: next %(number)s")
                % {"series": series_names.name(merchant.country, name), "number": number},
            )
            for name in numbering.possible(merchant)
            for number in (nexts.get(name, 1),)
        ]
        self.fields["number"].help_text = (
            _("The first that SmartBill may use, where another system has used the ones before it this year.")
            if authority(merchant.country).rules.numbering.is_yearly
            else _("The first that SmartBill may use, where another system has used the ones before it.")
        )
