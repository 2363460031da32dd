"""`python -m local.tools.event events/x.json`: prints a sample API Gateway event with a fresh Stripe-Signature."""

import base64
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from local.settings import StartError
from local.stripe.purchases import Json
from local.stripe.webhooks import sign
from local.tools.target import UsageError, find_target


def signed(event: Json, secret: str) -> Json:
    """Return the event with a signature of now over its raw body."""
    if not isinstance(event.get("body"), str):
        raise UsageError("This event has no body to sign: give one shaped like API Gateway's (payload version 2.0).")
    body = base64.b64decode(event["body"]) if event.get("isBase64Encoded") else event["body"].encode()
    kept = {name: value for name, value in event.get("headers", {}).items() if name.lower() != "stripe-signature"}
    return {**event, "headers": {**kept, "stripe-signature": sign(body, secret)}}


def main(arguments: list[str], env: Mapping[str, str] = os.environ) -> int:
    """Print the signed event; 2 for a mistake in asking."""
    try:
        if len(arguments) != 1 or not arguments[0]:
            raise UsageError("Name an event: make event FILE=events/....json")
        secret = env.get("WEBHOOK_SECRET") or find_target(env).webhook_secret
        print(json.dumps(signed(json.loads(Path(arguments[0]).read_text()), secret), indent=2))
    except (UsageError, StartError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
