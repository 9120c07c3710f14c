"""What people type into the dashboard about documents: shape only, judged by the services."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.forms import ServedForm
from documents import wording
from documents.models import Document, Invalidation, Status
from hacienda.values import Person


class SearchForm(forms.Form):
    """Narrows the list down. A field that makes no sense is left out of the question, never an error page."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "placeholder": _("Customer, number or reference"),
                "autocomplete": "off",
                "enterkeyhint": "search",
            }
        ),
    )
    status = forms.ChoiceField(label=_("Status"), required=False)
    type = forms.ChoiceField(label=_("Type"), required=False)
    since = forms.DateField(label=_("From"), required=False)
    until = forms.DateField(label=_("To"), required=False)

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["status"] = forms.ChoiceField(
            label=_("Status"), required=False, choices=[("", _("All statuses")), *Status.choices]
        )
        self.fields["type"] = forms.ChoiceField(
            label=_("Type"), required=False, choices=[("", _("All types")), *wording.choices(country)]
        )
        for name in ("since", "until"):
            # Browsers speak ISO 8601 with date fields, whatever the language.
            self.fields[name].widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

    def question(self, zone: ZoneInfo) -> dict[str, Any]:
        """The arguments of `selectors.search`; days are whole days in `zone`."""
        self.full_clean()
        given = self.cleaned_data
        since, until = given.get("since"), given.get("until")
        return {
            "q": given.get("q") or None,
            "status": given.get("status") or None,
            "type_code": given.get("type") or None,
            "start": datetime.combine(since, time.min, zone) if since else None,
            "end": datetime.combine(until + timedelta(days=1), time.min, zone) if until else None,
        }

    def given(self) -> dict[str, str]:
        """What was filled in, as it stands in the address."""
        return {name: self.data[name] for name in self.fields if self.data.get(name)}


ROLES = ("requested_by", "responsible")


class InvalidationForm(ServedForm):
    kind = forms.ChoiceField(
        label=_("Why is it invalidated?"),
        choices=Invalidation.Kind.choices,
        initial=Invalidation.Kind.RESCINDED,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )
    replacement = forms.ModelChoiceField(
        label=_("Replaced by"), queryset=Document.objects.none(), required=False, to_field_name="public_id"
    )

    def __init__(
        self,
        *args: Any,
        replacements: QuerySet[Document],
        id_types: Iterable[tuple[str, Promise | str]],
        responsible: Person | None,
        refused: Invalidation | None = None,
        **kwargs: Any,
    ) -> None:
        """`refused` is what was asked for last, if the authority refused it: its values are the first ones.

        Without `responsible` nobody is asked for: where a document takes another one back, it names no people.
        """
        super().__init__(*args, **kwargs)
        field = self.fields["replacement"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = replacements
        if responsible is not None:
            self._ask_for_people([("", "—"), *id_types], responsible, refused)
        if refused is not None:
            replacement = refused.replacement.public_id if refused.replacement else ""
            self.initial = {"kind": refused.kind, "reason": refused.reason, "replacement": replacement}

    def _ask_for_people(
        self, kinds: list[tuple[str, Promise | str]], responsible: Person, refused: Invalidation | None
    ) -> None:
        for role in ROLES:
            person = responsible if refused is None else Person(**getattr(refused, role))
            self.fields[f"{role}_name"] = forms.CharField(
                label=_("Name"), required=False, max_length=100, initial=person.name
            )
            self.fields[f"{role}_id_type"] = forms.ChoiceField(
                label=_("Document"), required=False, choices=kinds, initial=person.id_type
            )
            self.fields[f"{role}_id_number"] = forms.CharField(
                label=_("Number"), required=False, max_length=25, initial=person.id_number
            )

    def person(self, role: str) -> Person | None:
        """Who was named in that role; None where nothing was filled in."""
        given = [self.cleaned_data.get(f"{role}_{part}", "") for part in ("name", "id_type", "id_number")]
        return Person(*given) if any(given) else None
