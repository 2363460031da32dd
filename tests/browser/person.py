"""A person at a browser: signs in, sells, and notes what must never happen on any page."""

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Dialog, Page, Request

from local.tools.vendor_view import VendorView

HARMLESS = ("[DOM] Password forms should have",)  # Chromium's advice about fields for a user's name


class Person:
    """`state` is the stack's state.json. `check` fails if a page complained or asked another origin for anything."""

    def __init__(self, page: Page, state: dict[str, Any]) -> None:
        self.page = page
        self.state = state
        self.view = VendorView(state)
        self.complaints: list[str] = []
        page.on("console", self._note_message)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._note_request)
        page.on("dialog", self._note_dialog)

    def open(self, path: str = "") -> None:
        """Open a page of the dashboard by its path."""
        self.page.goto(f"{self.state['url']}/dashboard{path}")

    def choose(self, entry: str) -> None:
        """Choose an entry of the menu."""
        self.page.get_by_label("Pages", exact=True).get_by_role("link", name=entry, exact=True).click()

    def sign_in(self, key: str | None = None) -> None:
        self.open("/sign-in")
        self.page.get_by_label("API key").fill(key or self.state["api_key"])
        self.page.get_by_role("button", name="Sign in").click()

    def check(self) -> None:
        assert self.complaints == []

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(each in message.text for each in HARMLESS):
            self.complaints.append(f"{message.type}: {message.text}")

    def _note_request(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.state["url"]).netloc and request.url[:5] != "data:":
            self.complaints.append(f"asked {request.url}")

    def _note_dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"a page opened a dialog: {dialog.message}")
        dialog.dismiss()
