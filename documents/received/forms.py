"""What people type about received documents: shape only, judged by the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import ServedForm
from accounts.models import Merchant
from accounts.pages import sentence
from documents.models import Decision
from documents.received import desk
from documents.received.selectors import UNDECIDED
from hacienda import inbox

LARGEST_FILE = 3 * 1024 * 1024  # bytes


class UploadForm(ServedForm):
    xml = forms.FileField(
        label=_("The supplier's XML file"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xml,application/xml,text/xml"}),
        help_text=_("The signed document, as the supplier has sent it."),
    )

    def clean_xml(self) -> Any:
        file = self.cleaned_data["xml"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_("This file is too large to be an electronic document."), code="too_large")
        return file


class FilterForm(forms.Form):
    """Narrows the list down. What makes no sense is left out of the question."""

    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[("", _("All statuses")), (UNDECIDED, _("Undecided")), *Decision.Status.choices],
    )

    def question(self) -> dict[str, Any]:
        """The arguments of `selectors.search`."""
        self.full_clean()
        return {"status": self.cleaned_data.get("status") or None}


def _amount(label: Any, help_text: Any = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=0,
        max_digits=18,
        decimal_places=5,
        help_text=help_text,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


class DecisionForm(ServedForm):
    """What to say about a document; its fields are called as those of the API."""

    kind = forms.ChoiceField(
        label=_("What you say"),
        choices=[
            (inbox.Kind.ACCEPT.value, _("Accept it")),
            (inbox.Kind.ACCEPT_PARTLY.value, _("Accept it in part")),
            (inbox.Kind.REJECT.value, _("Reject it")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        help_text=_("Needed for a part or a rejection, 5 to 160 characters."),
    )
    condition = forms.ChoiceField(label=_("The tax"), required=False)
    tax_credit = _amount(_("Tax to credit"), _("Empty: all of it, where the choice above credits it."))
    expense = _amount(_("Expense"))
    activity = forms.CharField(label=_("Economic activity"), required=False, max_length=6)

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        conditions = desk.inbox_of(merchant).conditions
        field = self.fields["condition"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", _("Nothing is said about it")),
            *((code, f"{code} · {sentence(name, {})}") for code, name in conditions.items()),
        ]
        self.fields["activity"].widget.attrs["placeholder"] = merchant.activity

    def decision(self) -> inbox.Decision:
        """What was filled in."""
        given = self.cleaned_data
        return inbox.Decision(
            kind=inbox.Kind(given["kind"]),
            reason=given["reason"],
            condition=given["condition"] or None,
            tax_credit=given["tax_credit"],
            expense=given["expense"],
            activity=given["activity"] or None,
        )
