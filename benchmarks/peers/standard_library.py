"""The least that talks to AWS: HTTPS and JSON of the standard library."""

import http.client
import json
import ssl
from typing import Any

connection = http.client.HTTPSConnection("sqs.eu-west-1.amazonaws.com", context=ssl.create_default_context())


def handler(event: dict[str, Any], context: object) -> str:
    """Take an event; only the import counts here."""
    return json.dumps(event)
