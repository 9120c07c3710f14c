"""What people enter on the board: shape only, judged by the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.forms import ServedForm
from accounts.models import Merchant
from documents.wording import id_types
from hacienda.registry import authority
from hacienda.values import Person


def sendings(country: str) -> list[tuple[str, Promise | str]]:
    """What may send when nobody does. What is sent on recovery anyway leaves only outages of the merchant's own."""
    choices: dict[str, Promise | str] = dict(Merchant.ContingencySending.choices)
    if authority(country).rules.contingency.sends_on_recovery:
        choices[Merchant.ContingencySending.ON_RECOVERY] = _("At once, as soon as Hacienda can be reached")
    return list(choices.items())


class SendingForm(forms.Form):
    sending = forms.ChoiceField(label=_("If nobody presses the button"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["sending"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = sendings(country)


class ResponsibleForm(ServedForm):
    responsible_name = forms.CharField(label=_("Name"), max_length=100)
    responsible_id_type = forms.ChoiceField(label=_("Document"))
    responsible_id_number = forms.CharField(label=_("Number"), max_length=25)

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.initial = getattr(merchant, name)
        kind = self.fields["responsible_id_type"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = id_types(merchant.country)

    def person(self) -> Person:
        """Who was named."""
        return Person(
            name=self.cleaned_data["responsible_name"],
            id_type=self.cleaned_data["responsible_id_type"],
            id_number=self.cleaned_data["responsible_id_number"],
        )
