"""Says what became of events: the licenses of their order, or why a delivery has failed."""

import time
from collections.abc import Sequence
from typing import Protocol

from local.console import bad, row
from local.stripe.purchases import Json, Purchase
from local.tools.api import License

WAIT_SECONDS = 20.0
LISTED_SECONDS = 3.0  # a license that was issued just now may take a second to be listed
POLL_SECONDS = 0.2
FINAL = {"succeeded", "waiting", "ignored", "failed", "rejected"}
NO_KEY = "cannot be shown without an API key of the organization: API_KEY=ks_..."


class Reader(Protocol):
    """The calls of local.tools.api.Api that are needed here."""

    def delivery(self, event_id: str) -> Json | None: ...

    def licenses(self, order: str, email: str) -> list[License]: ...


def show_outcome(api: Reader, event_ids: Sequence[str], bought: Purchase, seconds: float = WAIT_SECONDS) -> bool:
    """Wait for the deliveries' ends, then print what became of them; False if one failed or did not end in time."""
    until = time.monotonic() + seconds
    deliveries = {event_id: _final_delivery(api, event_id, until) for event_id in event_ids}
    ends: dict[tuple[object, object], str] = {}  # of what ended alike, the first
    for event_id, each in deliveries.items():
        ends.setdefault((each.get("status"), each.get("reason")), event_id)
    done = [_show(event_id, deliveries[event_id], seconds) for event_id in ends.values()]
    succeeded = [each for each in deliveries.values() if each.get("status") == "succeeded"]
    if succeeded:
        none = all(str(each["steps"].get("licenses", "")).startswith("0 ") for each in succeeded)
        _show_licenses([] if none else _listed(api, bought))
    return all(done)


def _final_delivery(api: Reader, event_id: str, until: float) -> Json:
    while True:
        delivery = api.delivery(event_id) or {}
        if delivery.get("status") in FINAL or time.monotonic() > until:
            return delivery
        time.sleep(POLL_SECONDS)


def _show(event_id: str, delivery: Json, seconds: float) -> bool:
    """Print how a delivery ended, if that needs words; False if it did not end well."""
    status, reason = delivery.get("status"), delivery.get("reason") or ""
    match status:
        case "succeeded":
            return True
        case "ignored" | "waiting":
            row(status, reason)
            return True
        case "failed" | "rejected":
            row(bad("failed"), reason)
            return False
        case _:
            row(bad("unknown"), f"{event_id} is {status or 'not recorded'} after {seconds:.0f} s. {reason}".strip())
            return False


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
    for billing in [each.billing for each in licenses if each.billing][:1]:
        row("billing", _in_words(billing))


def _in_words(billing: Json) -> str:
    """Say how the subscription stands, with the days of its times (ISO 8601)."""
    told = [str(billing["state"]).replace("_", " ")]
    if billing.get("collection_paused"):
        told.append("collection paused")
    for name, words in (("paid_through", "paid until"), ("cancels_at", "ends")):
        if billing.get(name):
            told.append(f"{words} {str(billing[name])[:10]}")
    return ", ".join(told)
