"""A vendor with an organization on a deployed stack, and its Stripe account: sells, refunds, and asks the API."""

import json
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from samples import signature

from deploy.deployed import Deployed, Json, api_event, eventually
from local.stack.mailbox import Mailbox
from local.stripe.catalogue import catalogue
from local.stripe.purchases import Purchase, new_purchase
from local.stripe.shapes import charge, event, session
from local.stripe.webhooks import Target

WEBHOOK = "POST /v1/webhooks/stripe/{org}"


@dataclass(frozen=True)
class Outside:
    """What is not AWS: Stripe's stand-in, and the mail server."""

    stripe_url: str
    smtp_url: str
    mailbox: Mailbox


def configuration(org: str, webhook_secret: str) -> Json:
    """The file that the operator hands over: plans, mappings, Stripe's key and the webhook's secret."""
    return {
        "org": org,
        "name": "Acme Inc.",
        "plans": [
            {"code": "pro", "name": "Acme Studio Pro", "kind": "subscription", "key_prefix": "PRO"},
            {"code": "lifetime", "name": "Acme Studio Lifetime", "kind": "perpetual", "key_prefix": "LIFE"},
        ],
        "mappings": {
            "price_pro_monthly": {"grants": [{"plan": "pro"}]},
            "price_pro_lifetime": {"grants": [{"plan": "lifetime"}]},
        },
        "stripe_keys": [f"rk_test_{secrets.token_hex(16)}"],
        "webhook_secrets": [webhook_secret],
    }


class Vendor:
    def __init__(self, stack: Deployed, outside: Outside, org: str, webhook_secret: str, api_key: str) -> None:
        self.stack = stack
        self.org = org
        self.api_key = api_key
        self._outside = outside
        self._webhook_secret = webhook_secret
        self._stripe = Target("", org, webhook_secret, outside.stripe_url)

    @classmethod
    def signed_up(cls, stack: Deployed, outside: Outside, org: str) -> "Vendor":
        """Create the organization by the stack's own OrganizationsFunction."""
        secret = "whsec_" + secrets.token_urlsafe(24)
        told = stack.invoke("OrganizationsFunction", configuration(org, secret))
        return cls(stack, outside, org, secret, told["api_key"])

    # ------------------------------------------------------------- Stripe's side

    def checkout(self, price: str = "price_pro_lifetime", created: int | None = None) -> tuple[Purchase, Json]:
        """Make up a purchase that Stripe knows, of now or of `created`; return it and its event."""
        found = next(each for each in catalogue() if each["id"] == price)
        email = f"ada.{secrets.token_hex(4)}@example.com"
        bought = new_purchase(found, email, 1, created)
        assert self._stripe.put(bought)
        return bought, event("checkout.session.completed", session(bought))

    def buy(self, price: str = "price_pro_lifetime", created: int | None = None) -> Purchase:
        """Buy, and wait for the license."""
        bought, paid = self.checkout(price, created)
        assert self.send(paid)["statusCode"] == 200
        eventually(lambda: self.licenses(bought), f"license of {bought.order}")
        return bought

    def refund(self, bought: Purchase) -> None:
        """Give everything back."""
        assert self.send(event("charge.refunded", charge(bought, bought.amount)))["statusCode"] == 200

    def send_about(self, kind: str, about: Json) -> Json:
        """Put an object into Stripe as it is now, and send an event about it."""
        assert self._stripe.put_object(about)
        return self.send(event(kind, about))

    def send(self, stripe_event: Json) -> Json:
        """Sign an event as Stripe does and hand it to the webhook; return the answer."""
        body = json.dumps(stripe_event).encode()
        signed = {"stripe-signature": signature(body, self._webhook_secret)}
        posted = api_event(WEBHOOK, f"/v1/webhooks/stripe/{self.org}", body, signed, {"org": self.org})
        answer: Json = self.stack.invoke("VerifierFunction", posted)
        return answer

    def metadata(self, bought: Purchase) -> dict[str, Any]:
        """Return what Stripe's customer carries."""
        found: dict[str, Any] = self._stripe.stripe_customer(bought.customer)["metadata"]
        return found

    # ------------------------------------------------------------ the vendor's side

    def api(self, method: str, path: str, query: str = "", body: Json | None = None) -> tuple[int, Any]:
        """Call the API as API Gateway does: the authorizer first. Return status and answer."""
        key = f"Bearer {self.api_key}"
        asked = api_event(f"{method} {path}", path, json.dumps(body).encode() if body else b"", {"authorization": key})
        asked |= {"rawQueryString": query, "queryStringParameters": dict(parse_qsl(query))}
        allowed = self.stack.invoke("AuthorizerFunction", {**asked, "type": "REQUEST", "identitySource": [key]})
        if not allowed["isAuthorized"]:
            return 403, {}
        asked["requestContext"]["authorizer"] = {"lambda": allowed["context"]}
        told = self.stack.invoke("ApiFunction", asked)
        return told["statusCode"], json.loads(told["body"] or "null")

    def licenses(self, bought: Purchase) -> list[Json]:
        status, told = self.api("GET", "/v1/licenses", f"email={bought.email}")
        assert status == 200, told
        found: list[Json] = told["items"]
        return found

    def status(self, bought: Purchase) -> str:
        return str(self.licenses(bought)[0]["status"])

    def history(self, bought: Purchase) -> list[str]:
        """Return the actions of the audit log about an order, the newest first."""
        status, told = self.api("GET", "/v1/audit", f"subject={bought.order}")
        assert status == 200, told
        return [str(each["action"]) for each in told["items"]]

    def delivery(self, stripe_event: Json) -> Json:
        """Return what became of an event; empty as long as nobody knows it."""
        status, told = self.api("GET", f"/v1/deliveries/{stripe_event['id']}")
        return told if status == 200 else {}

    def mails(self, bought: Purchase) -> list[Json]:
        return [mail for mail in self._outside.mailbox.mails() if bought.email in mail["to"]]
