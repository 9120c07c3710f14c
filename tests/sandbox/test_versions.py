"""Which versions of forms an account may send: what was agreed with Hacienda, type by type."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from hacienda.sandbox.server import make_server
from tests.sandbox import earlier_documents as earlier
from tests.sandbox import other_documents as today
from tests.sandbox.merchant import Merchant, changed
from tests.sandbox.test_schema import observations

VERSION_FAULT = "Campo #/identificacion/version contiene un valor inválido"


def test_an_account_sends_only_the_versions_that_it_may(merchant_key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    versions = {"01": [1], "03": [4], "14": [], "invalidacion": [3], "contingencia": [4]}
    with make_server("127.0.0.1", 0, tmp_path) as sandbox:
        merchant = Merchant(sandbox, merchant_key)
        assert merchant.register(versions=versions).status_code == 201
        refused = [
            merchant.invoice(),
            earlier.tax_credit(merchant),
            earlier.purchase(merchant),
            today.purchase(merchant),
        ]
        for document in refused:
            assert observations(merchant, document) == [VERSION_FAULT]
        sale = earlier.invoice(merchant)
        stamp = merchant.accepted(sale)
        for document in (merchant.tax_credit(), earlier.donation(merchant), today.donation(merchant)):
            assert merchant.send(document).status_code == 200

        told = merchant.annul(earlier.invalidation(merchant, sale, stamp), version=2).json()
        assert (told["codigoMsg"], told["observaciones"]) == ("096", [VERSION_FAULT])
        assert merchant.annul(merchant.invalidation(sale, stamp)).status_code == 200
        outage = changed(merchant.outage(earlier.invoice(merchant)), "identificacion.version", 3)
        assert merchant.report(outage).json()["observaciones"] == [VERSION_FAULT]

        batch = merchant.batch(merchant.invoice()).json()["codigoLote"]
        sandbox.clock.offset += timedelta(seconds=5)
        assert merchant.results(batch).json()["rechazados"][0]["observaciones"] == [VERSION_FAULT]

    with make_server("127.0.0.1", 0, tmp_path) as sandbox:
        merchant = Merchant(sandbox, merchant_key)
        assert observations(merchant, merchant.invoice()) == [VERSION_FAULT]
        assert merchant.register().status_code == 201
        assert merchant.send(merchant.invoice()).status_code == 200


@pytest.mark.parametrize(
    "versions", ["01", {"99": [1]}, {"01": 1}, {"01": [3]}, {"01": [True]}, {"01": ["1"]}, {"invalidacion": [1]}]
)
def test_versions_that_there_are_not_are_422(merchant: Merchant, versions: Any) -> None:
    answer = merchant.register(versions=versions)

    assert answer.status_code == 422
    assert answer.json()["error"].startswith("versions: ")


def test_a_sandbox_that_refuses_a_version_of_an_event_says_so(
    merchant_key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    with make_server("127.0.0.1", 0, tmp_path, refused_versions=frozenset({"invalidacion:2"})) as strict:
        merchant = Merchant(strict, merchant_key)
        merchant.register()
        sale = earlier.tax_credit(merchant)
        event = earlier.invalidation(merchant, sale, merchant.accepted(sale))

        assert merchant.annul(event, version=2).json()["observaciones"] == [VERSION_FAULT]
