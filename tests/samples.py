"""The events of events/, with fields overridden; and requests as API Gateway shapes them, signed as Stripe does."""

import base64
import copy
import hashlib
import hmac
import json
import time
from functools import cache
from typing import Any

from template import ROOT

Json = dict[str, Any]
SECRET = "whsec_replace_me"


@cache
def _file(name: str) -> Json:
    loaded: Json = json.loads((ROOT / "events" / f"{name}.json").read_text())
    return loaded


def sample(name: str) -> Json:
    """Load events/{name}.json as it is."""
    return copy.deepcopy(_file(name))


def stripe_event(name: str, id: str = "", created: int = 0, livemode: bool = False, **fields: Any) -> Json:
    """Take the Stripe event out of a worker's sample; `fields` replace those of its object."""
    event: Json = json.loads(sample(name)["Records"][0]["body"])["event"]
    event["id"] = id or event["id"]
    event["created"] = created or event["created"]
    event["livemode"] = livemode
    event["data"]["object"] |= {"livemode": livemode, **fields}
    return event


def purchase(number: int, name: str = "issuer.subscription_paid", **fields: Any) -> Json:
    """One purchase more of a sample's kind: a session, a subscription, an invoice and an event of its own."""
    event = stripe_event(name, f"evt_{number}")
    own = {"id": f"cs_test_{number}"}
    for field, prefix in (("subscription", "sub"), ("invoice", "in"), ("payment_intent", "pi")):
        if event["data"]["object"][field]:
            own[field] = f"{prefix}_{number}"
    event["data"]["object"] |= {**own, **fields}
    return event


def signature(body: bytes, secret: str = SECRET, at: float | None = None, scheme: str = "v1") -> str:
    """Sign as Stripe documents it ("Verify webhook signatures manually")."""
    moment = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={moment},{scheme}={digest}"


def request(body: bytes | Json, header: str | None = None, org: str = "acme", encoded: bool = False) -> Json:
    """Shape a POST of Stripe's as API Gateway does; `header` None: well signed."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    shaped = sample("verifier")
    shaped["pathParameters"]["org"] = org
    shaped["headers"]["stripe-signature"] = signature(raw) if header is None else header
    shaped["isBase64Encoded"] = encoded
    shaped["body"] = base64.b64encode(raw).decode() if encoded else raw.decode()
    return shaped
