"""`python -m local.tools.event events/x.json`: prints a sample so that it works now.

One for the webhook gets a fresh Stripe-Signature. Of a worker's, the object that it tells of becomes so at the
stand-in: KeyStack may ask for it.
"""

import base64
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from local.settings import StartError
from local.stripe.purchases import Json
from local.stripe.samples import objects_of, sample_events
from local.stripe.webhooks import sign
from local.tools.target import UsageError, find_target


def signed(event: Json, secret: str) -> Json:
    """Return the event with a signature of now over its raw body."""
    if not isinstance(event.get("body"), str):
        raise UsageError("This event has no body to sign: give one shaped like API Gateway's (payload version 2.0).")
    body = base64.b64decode(event["body"]) if event.get("isBase64Encoded") else event["body"].encode()
    kept = {name: value for name, value in event.get("headers", {}).items() if name.lower() != "stripe-signature"}
    return {**event, "headers": {**kept, "stripe-signature": sign(body, secret)}}


def told_at_stripe(sample: Json, env: Mapping[str, str]) -> Json:
    """Put what a worker's sample is about into the stand-in; return the sample as it is."""
    find_target(env).put_objects([item for event in sample_events(sample) for item in objects_of(event)])
    return sample


def main(arguments: list[str], env: Mapping[str, str] = os.environ) -> int:
    """Print the event; 2 for a mistake in asking."""
    try:
        if len(arguments) != 1 or not arguments[0]:
            raise UsageError("Name an event: make event FILE=events/....json")
        event = json.loads(Path(arguments[0]).read_text())
        if "Records" in event:
            ready = told_at_stripe(event, env)
        else:
            ready = signed(event, env.get("WEBHOOK_SECRET") or find_target(env).webhook_secret)
        print(json.dumps(ready, indent=2))
    except (UsageError, StartError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
