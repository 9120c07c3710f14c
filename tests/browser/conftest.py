"""A real browser against the real product: Chromium without a screen, the sandbox, people who sign in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, Page, expect, sync_playwright

from accounts.models import Merchant, User
from tests.people import PASSWORD, Visitor, person

WIDE = {"width": 1280, "height": 900}
PATIENCE = 15_000  # milliseconds; the pages ask every 3 s, and the machine may be busy
PHONE = {"width": 360, "height": 740}

expect.set_options(timeout=PATIENCE)


@dataclass
class Visit:
    """One person's browser window. `complaints` is what the browser said on its console."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def sign_in(self) -> None:
        self.open("/login")
        self.page.get_by_label("E-mail").fill("ana@example.com")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url("**/documents")

    def enter(self) -> None:
        """Be signed in already, in the sandbox."""
        somebody = Visitor(User.objects.get(email="ana@example.com"))
        kept = somebody.cookies[settings.SESSION_COOKIE_NAME].value
        self.page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": kept, "url": self.url}])

    @property
    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed")
    expect.set_options(timeout=PATIENCE)
    # Playwright's loop makes Django believe that this thread is asynchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            headless=True,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the product answers, static files from where they are. pytest-django's own server would look for
    the collected ones, because the settings name the application of static files by its configuration."""
    server = LiveServerThread("127.0.0.1", static_handler=StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://{server.host}:{server.port}"
    server.terminate()


@pytest.fixture
def visit(chromium: Browser, address: str, merchant: Merchant) -> Iterator[Callable[..., Visit]]:
    """Opens windows for a manager of the merchant, who reads English."""
    person(merchant)
    contexts = []

    def open_window(viewport: dict[str, int] = WIDE, **more: Any) -> Visit:
        context = chromium.new_context(viewport=viewport, locale="en-GB", **more)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        window = Visit(context.new_page(), address)
        window.page.on("console", lambda said: said.type == "error" and window.complaints.append(said.text))
        window.page.on("pageerror", lambda error: window.complaints.append(str(error)))
        return window

    yield open_window
    for context in contexts:
        context.close()
