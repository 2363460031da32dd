"""What a Stripe API key says about itself: its mode, and what it may not do."""

import re

from local.stripe.objects import StripeError
from local.web import Request

PERMISSION_OF = {  # Stripe's documentation, "API permissions reference"; its errors say `rak_` before them
    "checkout/sessions": "checkout_session",
    "customers": "customer",
    "charges": "charge",
    "refunds": "charge",  # one row of the Dashboard: "Charges and Refunds"
    "disputes": "dispute",
    "payment_intents": "payment_intent",
    "subscriptions": "subscription",
    "invoices": "invoice",
    "invoice_payments": "invoice",
    "prices": "plan",
}


def livemode_of(request: Request) -> bool:
    """Return the mode of the request's key; StripeError 401 without a key."""
    scheme, _, key = request.header("Authorization").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise StripeError(401, "You did not provide an API key. Set the Authorization header to 'Bearer YOUR_KEY'.")
    if not re.match(r"(sk|rk)_(test|live)_", key):
        raise StripeError(401, f"Invalid API Key provided: {key[:3]}****")
    if key[8:].startswith("unknown"):
        raise StripeError(401, f"Invalid API Key provided: {key[:8]}****")
    return "_live_" in key[:8]


def check_permission(request: Request) -> None:
    """Refuse with 403 what the key may not do; who may not read may not write either."""
    part = next((part for part in PERMISSION_OF if f"/v1/{part}" in request.path), None)
    verbs = ("read", "write") if request.method == "POST" else ("read",)
    for verb in verbs if part else ():
        permission = f"rak_{PERMISSION_OF[str(part)]}_{verb}"
        if f"_without_{permission}" in request.header("Authorization"):
            raise StripeError(
                403,
                "The provided key 'rk_****' does not have the required permissions for this endpoint on account "
                f"'acct_standin'. Having the '{permission}' permission would allow this request to continue.",
            )
