"""What people type into the dashboard about keys and certificates: shape only, judged by the services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import trade
from accounts.models import Environment, Establishment, Merchant, PointOfSale, Role
from accounts.pages import sentence
from hacienda.registry import authority
from hacienda.values import ExportDefaults, Fault, Resolution
from hacienda.vocabulary import Asked

MAX_CERTIFICATE = 64 * 1024  # bytes; a real one has about 6 KB
LONGEST_SECRET = 200


class ServedForm(forms.Form):
    """A form whose contents a service judges; what the service finds wrong is shown beside its field."""

    def take(self, faults: Iterable[Fault]) -> None:
        """Show each fault beside the field that its path leads to, else above the form."""
        for fault in faults:
            name = "_".join(str(step) for step in fault.path)
            self.add_error(name if name in self.fields else None, sentence(fault.message, fault.params))


class SignInForm(AuthenticationForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("E-mail")
        self.fields["username"].widget = forms.EmailInput(
            attrs={"autocomplete": "username", "autofocus": True, "maxlength": 254}
        )


if TYPE_CHECKING:
    PointOfSaleField = forms.ModelChoiceField[PointOfSale]
else:  # Django's field knows no type arguments when it runs
    PointOfSaleField = forms.ModelChoiceField


class PlaceField(PointOfSaleField):
    def label_from_instance(self, obj: PointOfSale) -> str:
        return f"{obj.establishment} · {obj}"


class KeyForm(ServedForm):
    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("Where it will be used: the till's system, the web shop."),
    )
    environment = forms.ChoiceField(label=_("Environment"), choices=Environment.choices)
    role = forms.ChoiceField(
        label=_("Role"),
        choices=Role.choices,
        initial=Role.TRANSMITTER,
        help_text=_("Only a manager key can invalidate documents."),
    )
    point_of_sale = PlaceField(
        label=_("Default point of sale"),
        queryset=PointOfSale.objects.none(),
        required=False,
        empty_label=_("The company's first"),
        help_text=_("Used when a request names none."),
    )

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = PointOfSale.objects.filter(establishment__merchant=merchant).select_related("establishment")
        field = self.fields["point_of_sale"]
        assert isinstance(field, PlaceField)
        field.queryset = places.order_by("establishment__code", "code")


def _secret(asked: Asked) -> forms.CharField:
    """A password that is never shown again, not even to correct it, and whose spaces belong to it."""
    return forms.CharField(
        label=gettext(asked.label),
        help_text=gettext(asked.help),
        strip=False,
        max_length=LONGEST_SECRET,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
    )


class CredentialForm(ServedForm):
    """What the authority of the country gave the merchant, in the words of that country."""

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = authority(country).rules.vocabulary.access
        self.fields["certificate"] = forms.FileField(
            label=gettext(asked.certificate.label),
            help_text=gettext(asked.certificate.help),
            widget=forms.FileInput(attrs={"accept": asked.accepts}),
        )
        self.fields["certificate_password"] = _secret(asked.certificate_password)
        if asked.user is not None:
            self.fields["user"] = forms.CharField(
                label=gettext(asked.user.label),
                help_text=gettext(asked.user.help),
                max_length=LONGEST_SECRET,
                widget=forms.TextInput(
                    attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
                ),
            )
        self.fields["password"] = _secret(asked.password)

    def clean_certificate(self) -> Any:
        file = self.cleaned_data["certificate"]
        if file.size > MAX_CERTIFICATE:
            raise forms.ValidationError(_("This file is too large to be a certificate."), code="too_large")
        return file


class ContactForm(ServedForm):
    """What people may change of the company's own data."""

    trade_name = forms.CharField(
        label=_("Trade name"), required=False, max_length=150, help_text=_("As customers know the company.")
    )
    phone = forms.CharField(
        label=_("Telephone"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    email = forms.CharField(
        label=_("E-mail"),
        required=False,
        max_length=100,
        widget=forms.EmailInput,
        help_text=_("Printed on documents and told to Hacienda."),
    )

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.initial = getattr(merchant, name)
        self.fields["phone"].help_text = gettext(authority(merchant.country).rules.vocabulary.phone)


class EstablishmentForm(ServedForm):
    """How one place can be reached."""

    phone = forms.CharField(
        label=_("Telephone"), required=False, max_length=30, widget=forms.TextInput(attrs={"type": "tel"})
    )
    email = forms.CharField(label=_("E-mail"), required=False, max_length=100, widget=forms.EmailInput)

    def __init__(self, data: Any = None, *, establishment: Establishment) -> None:
        super().__init__(data, auto_id=f"{establishment.code}_%s")
        for name, field in self.fields.items():
            field.initial = getattr(establishment, name)


class ExportForm(ServedForm):
    """What goes without saying when the company exports. The type of a regime follows from it."""

    export_customs_post = forms.ChoiceField(label=_("Customs post"), required=False)
    export_regime = forms.ChoiceField(label=_("Export regime"), required=False)
    export_incoterm = forms.ChoiceField(label=_("INCOTERM"), required=False)

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            assert isinstance(field, forms.ChoiceField)
            kept = name.removeprefix("export_")
            field.initial = merchant.export_defaults.get(kept, "")
            field.choices = [("", _("Given with each document")), *trade.choices(merchant.country, kept)]

    def defaults(self) -> ExportDefaults:
        """What was chosen."""
        return ExportDefaults(
            **{name.removeprefix("export_"): code for name, code in self.cleaned_data.items() if code}
        )


class DonationForm(ServedForm):
    donation_number = forms.CharField(
        label=_("Number of the resolution"),
        max_length=100,
        required=False,
        help_text=_("Of Hacienda's resolution that exempts the entity. Empty if it takes no donations."),
    )
    donation_description = forms.CharField(
        label=_("Description"),
        max_length=300,
        required=False,
        help_text=_("What the resolution is, as it is printed on every donation receipt."),
    )

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.initial = merchant.donation_resolution.get(name.removeprefix("donation_"), "")

    def resolution(self) -> Resolution | None:
        """What was entered; None for nothing at all."""
        number, description = self.cleaned_data["donation_number"], self.cleaned_data["donation_description"]
        return Resolution(number, description) if number or description else None
