"""The path of every page of an organization in which much has happened, hostile text included."""

import secrets
from dataclasses import dataclass
from typing import Any

from browser.vendors import buy, buy_license, failed_delivery, new_shop, tell
from local.stripe.catalogue import catalogue
from local.stripe.shapes import charge
from local.tools.demo import wait_for
from local.tools.vendor_view import VendorView

SCRIPT = "<script>document.title='taken'</script><img src=x onerror=alert(1)>"
LONG = "W" * 120
NICKNAME = f"{SCRIPT} {LONG}"


@dataclass(frozen=True)
class Busy:
    """An organization with one license of each fate, and the paths of all pages about it."""

    state: dict[str, Any]
    paths: list[str]


def make_busy(stack: dict[str, Any], org: str) -> Busy:
    """Let everything happen once that pages tell of."""
    state = new_shop(stack, org)
    view = VendorView(state)
    about = {"email": "eve@example.com", "name": f"{SCRIPT} \u202eeve\u202c {LONG}", "phone": None, "address": None}
    hostile, license = buy_license(
        view, "price_team", "eve@example.com", 3, customer_details=about, metadata={"note": SCRIPT, LONG[:40]: LONG}
    )
    refunded, frozen = buy_license(view, "price_pro_lifetime", f"{'long.' * 12}address@{'sub.' * 20}example.com")
    tell(view, "charge.refunded", charge(refunded, refunded.amount))
    wait_for("the freeze", lambda: view.licenses(refunded)[0].status == "frozen")
    unmapped = buy(view, f"price_{secrets.token_hex(8)}_{'x' * 60}", "late@example.com")
    failed = failed_delivery(view, unmapped.order)
    done = next(each for each in view.deliveries("succeeded") if each["order"] == hostile.order)["id"]
    _name_a_price(view)
    deliveries, stripe = "/settings/webhooks/deliveries", "/settings/stripe"
    return Busy(
        state,
        [
            "",
            "/licenses",
            "/licenses?status=revoked",
            f"/licenses/{license}",
            f"/licenses/{frozen}",
            *(f"/licenses/{license}/{decision}" for decision in ("freeze", "revoke", "resend")),
            f"/licenses/{frozen}/reactivate",
            f"/orders/{hostile.order}",
            f"/orders/{refunded.order}",
            f"/orders/{unmapped.order}",
            f"/search?q={hostile.email}",
            "/search?q=nobody@example.com",
            "/attention/replay?cause=other&reason=nothing",
            deliveries,
            f"{deliveries}?status=retrying",
            *(f"{deliveries}/{each}{page}" for each in (failed, done) for page in ("", "/replay")),
            f"{deliveries}/{failed}/replay-since",
            "/audit",
            f"/audit?subject={license}",
            stripe,
            f"{stripe}/mappings",
            f"{stripe}/mappings/price_team/delete",
            f"{stripe}/rules",
            f"{stripe}/rules?target=price_team",
            "/settings/plans",
            "/settings/plans/new",
            "/settings/plans/team",
            "/settings/plans/team/delete",
            "/settings/branding",
            "/settings/api-keys",
            "/settings/api-keys/first/delete",
            "/settings/organization",
            "/nowhere",
        ],
    )


def _name_a_price(view: VendorView) -> None:
    """Let Stripe know a price whose nickname is hostile."""
    view.target.put_object({**catalogue()[0], "id": "price_hostile", "nickname": NICKNAME})
