"""The choice of a version for each type of document and each event: shape only, judged by the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import selectors as accounts
from accounts.forms import ServedForm
from accounts.models import Merchant
from documents import wording

PREFIX = "versions_"  # as paths of the service lead to the fields


class VersionForm(ServedForm):
    """One field for each schema of which more than one version can be sent."""

    def __init__(self, *args: Any, merchant: Merchant, environment: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = merchant.schema_versions.get(environment, {})
        for code, known in accounts.versions(merchant.country).items():
            if len(known) < 2:
                continue
            newest, *before = known
            self.fields[PREFIX + code] = forms.TypedChoiceField(
                label=str(wording.schema(merchant.country, code)),
                choices=[
                    ("", _("Newest: version %(version)s") % {"version": newest}),
                    *((one, _("Version %(version)s") % {"version": one}) for one in before),
                ],
                initial=chosen.get(code, ""),
                required=False,
                coerce=int,
                empty_value=None,
            )

    def chosen(self) -> dict[str, int | None]:
        """The version of each type or event; None for the newest."""
        return {name.removeprefix(PREFIX): version for name, version in self.cleaned_data.items()}
