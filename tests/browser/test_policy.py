"""No page breaks its own content policy: a real browser reports nothing, and has nothing to report it to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Merchant
from tests.actors import Caller, Sandbox, invoice, tax_credit
from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser

# Told by the browser for each violation, whatever the console says.
LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation",
  event => window.violations.push(event.effectiveDirective + " " + event.blockedURI + " " + event.sourceFile));
"""


def test_no_page_breaks_the_content_policy(
    visit: Callable[..., Visit], manager: Caller, merchant: Merchant, sandbox: Sandbox
) -> None:
    made = manager.send(invoice(customer={"name": '<img src=x onerror="alert(1)">'})).json()
    sandbox.fault("reject", "recepciondte", code="009", message="[receptor.nit] NO EXISTE", count=1)
    refused = manager.send(tax_credit()).json()["document"]
    run = manager.post("contingency/runs").json()
    link = made["url"].partition("/d/")[2]
    window = visit()
    window.page.add_init_script(LISTEN)
    window.enter()
    pages = [
        "/documents",
        f"/documents/{made['id']}",
        f"/documents/{refused['id']}",
        f"/documents/{refused['id']}/correct",
        f"/documents/{made['id']}/invalidate",
        "/hacienda",
        "/hacienda/versions",
        "/hacienda/trade",
        "/keys",
        "/keys/new",
        "/audit",
        "/contingency",
        "/contingency/runs",
        f"/contingency/runs/{run['id']}",
        "/contingency/responsible",
        "/api/docs",
        "/errors/not_found",
        "/nowhere",
        f"/d/{link}",
        "/d/nothing",
    ]
    found: list[Any] = []
    for path in pages:
        window.open(path)
        if path in ("/api/docs", "/documents", "/contingency"):  # which load more by script
            window.page.wait_for_load_state("networkidle")
        found += [f"{path}: {one}" for one in window.page.evaluate("window.violations")]
    # An inline script is what the policy is there for: the browser must refuse it, else nothing was watched.
    window.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hit=1\">')")
    window.page.wait_for_function("window.violations.length > 0")
    assert window.page.evaluate("window.hit") is None
    assert found == []
    said = [one for one in window.complaints if "404" not in one and "Content Security Policy" in one]
    assert len(said) <= 1, said
