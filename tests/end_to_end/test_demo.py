"""What `make run` promises to whoever has just cloned the project."""

from __future__ import annotations

import re
from decimal import Decimal

import requests

from tests.end_to_end.installation import Installation, until


def test_the_card_has_everything_that_was_promised(installation: Installation) -> None:
    demo = installation.demo
    pair = {"public_key", "private_key"}

    assert set(demo) == {
        "base_url",
        "sandbox_url",
        "login",
        "manager",
        "transmitter",
        "supplier",
        "merchant",
        "supplier_merchant",
        "first_document",
        "costarica",
    }
    assert set(demo["costarica"]) == {"manager", "transmitter", "merchant", "first_document"}
    assert set(demo["costarica"]["manager"]) == set(demo["costarica"]["transmitter"]) == pair
    assert demo["costarica"]["first_document"]["type"] == "ticket"
    assert demo["costarica"]["first_document"]["status"] == "accepted"
    assert demo["base_url"] == f"http://127.0.0.1:{installation.port}"
    assert demo["sandbox_url"] == f"http://127.0.0.1:{installation.sandbox_port}"
    assert set(demo["login"]) == {"email", "password"}
    assert set(demo["manager"]) == set(demo["transmitter"]) == set(demo["supplier"]) == pair
    assert demo["manager"]["public_key"].startswith("pk_sandbox_")
    assert demo["manager"]["private_key"].startswith("sk_sandbox_")
    assert set(demo["merchant"]) == set(demo["supplier_merchant"]) == {"tax_id", "registration"}
    assert demo["merchant"]["tax_id"] != demo["supplier_merchant"]["tax_id"]


def test_only_the_owner_can_read_card_and_secrets(installation: Installation) -> None:
    private = [installation.data_dir / "demo.json", *(installation.data_dir / "secrets").iterdir()]

    assert [path.name for path in private if path.stat().st_mode & 0o077] == []


def test_the_first_document_went_the_whole_way(installation: Installation) -> None:
    document = installation.demo["first_document"]

    assert document["status"] == "accepted"
    assert len(document["received_stamp"]) == 40
    assert document["control_number"] == "DTE-01-M001P001-000000000000001"
    assert installation.document(document["id"])["generation_code"] == document["generation_code"]


def test_its_public_link_leads_to_page_paper_and_file(installation: Installation) -> None:
    document = installation.demo["first_document"]

    page = installation.http.get(document["url"], timeout=10)
    paper = installation.http.get(document["pdf_url"], timeout=10)
    file = installation.http.get(document["json_url"], timeout=10)

    assert page.status_code == 200
    assert document["received_stamp"] in page.text
    assert paper.content.startswith(b"%PDF")
    assert file.json(parse_float=Decimal)["selloRecibido"] == document["received_stamp"]


def test_everything_needed_to_go_on_is_printed(installation: Installation) -> None:
    demo, output = installation.demo, installation.output

    for text in (
        demo["first_document"]["url"],
        demo["base_url"] + "/documents",
        demo["login"]["email"],
        demo["login"]["password"],
        *(demo[name][half] for name in ("manager", "transmitter", "supplier") for half in demo[name]),
    ):
        assert text in output
    curl = re.search(r"^curl .*$", output, re.MULTILINE)
    assert curl is not None
    assert f"{demo['manager']['public_key']}:{demo['manager']['private_key']}" in curl[0]


def test_the_web_process_says_that_it_can_serve(installation: Installation) -> None:
    answer = installation.http.get(f"{installation.demo['base_url']}/health", timeout=5)

    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"


def test_keys_belong_to_their_merchant_and_role(installation: Installation) -> None:
    mine = installation.demo["first_document"]["id"]

    assert installation.api("GET", "me").json()["role"] == "manager"
    assert installation.api("GET", "me", key="transmitter").json()["role"] == "transmitter"
    assert installation.api("GET", f"documents/{mine}", key="transmitter").status_code == 200
    assert installation.api("GET", f"documents/{mine}", key="supplier").status_code == 404
    refused = installation.api("POST", f"documents/{mine}/invalidate", key="transmitter", json={"kind": "rescinded"})
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")


def test_the_login_opens_the_dashboard_and_its_styles_are_served(installation: Installation) -> None:
    base = installation.demo["base_url"]
    with requests.Session() as browser:
        browser.trust_env = False
        page = browser.get(f"{base}/login", timeout=10)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token is not None
        login = installation.demo["login"]
        inside = browser.post(
            f"{base}/login",
            data={
                "csrfmiddlewaretoken": token[1],
                "username": login["email"],
                "password": login["password"],
            },
            headers={"Referer": f"{base}/login"},
            timeout=10,
        )
        assert inside.status_code == 200
        assert installation.demo["first_document"]["control_number"] in inside.text
        styles = re.findall(r'<link[^>]+href="([^"]+\.css)"', inside.text)
        assert styles
        for address in styles:
            style = browser.get(f"{base}{address}", timeout=10)
            assert style.status_code == 200
            assert style.headers["Content-Type"].startswith("text/css")


def test_the_worker_mails_the_link_to_the_customer(installation: Installation) -> None:
    document = installation.send(customer={"name": "Ana Ejemplo", "email": "ana@example.com"})
    folder = installation.data_dir / "mail"

    def mails() -> list[str]:
        texts = [path.read_text() for path in folder.glob("*")] if folder.is_dir() else []
        return [text for text in texts if "ana@example.com" in text]

    mail = until(mails)[0]
    assert document["url"] in mail.replace("=\n", "")
