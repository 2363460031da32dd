"""Says what became of an event: the licenses of its order, or why its delivery has failed."""

import time
from typing import Protocol

from local.console import bad, row
from local.stripe.purchases import Json, Purchase
from local.tools.api import License

WAIT_SECONDS = 20.0
LISTED_SECONDS = 3.0  # a license that was issued just now may take a second to be listed
POLL_SECONDS = 0.2
FINAL = {"succeeded", "ignored", "failed", "rejected"}
NO_KEY = "cannot be shown without an API key of the organization: API_KEY=ks_..."


class Reader(Protocol):
    """The calls of local.tools.api.Api that are needed here."""

    def delivery(self, event_id: str) -> Json | None: ...

    def licenses(self, order: str, email: str) -> list[License]: ...


def show_outcome(api: Reader, event_id: str, bought: Purchase, seconds: float = WAIT_SECONDS) -> bool:
    """Wait for a delivery's end, then print what became of it; False if it failed or did not end in time."""
    delivery = _final_delivery(api, event_id, time.monotonic() + seconds)
    reason = delivery.get("reason") or ""
    match delivery.get("status"):
        case "succeeded":
            issued = str(delivery["steps"].get("licenses", ""))
            _show_licenses([] if issued.startswith("0 ") else _listed(api, bought))
            return True
        case "ignored":
            row("ignored", reason)
            return True
        case "failed" | "rejected":
            row(bad("failed"), reason)
            return False
        case status:
            row(bad("unknown"), f"{event_id} is {status or 'not recorded'} after {seconds:.0f} s. {reason}".strip())
            return False


def _final_delivery(api: Reader, event_id: str, until: float) -> Json:
    while True:
        delivery = api.delivery(event_id) or {}
        if delivery.get("status") in FINAL or time.monotonic() > until:
            return delivery
        time.sleep(POLL_SECONDS)


def _listed(api: Reader, bought: Purchase) -> list[License]:
    until = time.monotonic() + LISTED_SECONDS
    while not (licenses := api.licenses(bought.order, bought.email)) and time.monotonic() < until:
        time.sleep(POLL_SECONDS)
    return licenses


def _show_licenses(licenses: list[License]) -> None:
    for each in licenses:
        end = "" if each.expires_at is None else f", expires {time.strftime('%Y-%m-%d', time.gmtime(each.expires_at))}"
        seats = f"{each.seats} seat{'s' if each.seats > 1 else ''}"
        row("license", f"{each.key}  {each.plan}, {seats}, {each.status}{end}")
    if not licenses:
        row("license", "none")
