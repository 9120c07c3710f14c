"""Every type's own figures at the dashboard: the lines and sums that were signed, under the names of the paper."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import Merchant
from documents import figures, wording
from documents.models import Document
from documents.presentation import contents
from hacienda.elsalvador.readable import read
from tests.actors import Caller, Sandbox
from tests.documents.test_accounts import accounting, withholding
from tests.documents.test_trade import CUSTOMS, export
from tests.hacienda import payloads
from tests.people import text, visitor

both = pytest.mark.parametrize("language", ["es", "en"])
every = pytest.mark.parametrize("name", payloads.EVERY)


def flat(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@both
@every
def test_lines_and_sums_are_those_that_were_signed(name: str, language: str) -> None:
    document = read(payloads.text(payloads.EVERY[name]()))
    with translation.override(language):
        said = contents(document)
        page = flat(render_to_string("documents/_lines.html", {"said": said}))
        labels = [total.label for total in said.totals]

    for total in said.totals:
        assert f"{total.label} {total.amount}" in page
    for line in said.detail.lines:
        for part in (line.main, line.amount, line.price, *(figure.text for figure in line.others)):
            assert part in page
    assert document.in_words in page
    if language == "en":  # a tax keeps the name that was signed with it
        signed = {one.label for one in document.sums} & set(labels)
        assert all(not re.search(r"Ventas|Total a|Monto|IVA", label) for label in set(labels) - signed)


@both
@every
def test_the_list_names_the_amount_as_the_document_does(name: str, language: str) -> None:
    document = read(payloads.text(payloads.EVERY[name]()))
    with translation.override(language):
        last = contents(document).totals[-1].label
        named = str(wording.total("SV", document.type_code))
        to_pay = {gettext("Total to pay"), gettext("Total")}

    assert named == last or (not named and last in to_pay)


@pytest.mark.django_db(transaction=True)
class TestThePage:
    @pytest.mark.parametrize(
        ("body", "total", "parts"),
        [
            (
                withholding(),
                "Total value added tax withheld",
                [
                    "Amount subject to withholding 697.50",
                    "Value added tax withheld 6.98",
                    "Total subject to withholding",
                ],
            ),
            (
                accounting(fee_percentage="3"),
                "Net amount to pay",
                ["Value of the operations $1,230.00", "Commission (3%) $33.90", "Liquidación Período"],
            ),
            (
                export(export={**CUSTOMS, "freight": "30.00", "insurance": "4.50"}),
                "",
                ["Insurance $4.50", "Freight $30.00", "Total to pay $214.50", "INCOTERMS"],
            ),
        ],
        ids=["07", "09", "11"],
    )
    def test_a_document_and_the_list_show_the_figures_of_the_type(
        self,
        merchant: Merchant,
        manager: Caller,
        sandbox: Sandbox,
        body: dict[str, Any],
        total: str,
        parts: list[str],
    ) -> None:
        made = manager.send(body).json()
        ana = visitor(merchant)

        page, listed = text(ana.get(f"/documents/{made['id']}")), text(ana.get("/documents"))

        for part in parts:
            assert part in page, part
        amount = figures.money(Decimal(made["totals"]["payable"]), "USD")
        assert f"{amount} {total}".strip() in listed
        assert f"{amount} {total}".strip() in page
        assert "Taxed sales $0.00" not in page
        document = Document.objects.select_related("current_sealing").get()
        assert document.current_sealing is not None
        assert read(document.current_sealing.payload).payable == document.total
