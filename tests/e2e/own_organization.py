"""An organization of a test's own in the shared stack, so that it may do as it likes."""

import json
from typing import Any

from local.client import call
from local.tools.child_stack import ChildStack


def own_organization(stack: ChildStack, org: str) -> str:
    """Create an organization as the operator does; return its first API key."""
    return str(invoke(stack, {"org": org, "name": org})["api_key"])


def invoke(stack: ChildStack, document: dict[str, Any]) -> dict[str, Any]:
    """Invoke the operator's function; AssertionError if it refuses."""
    url = f"{stack.state['url']}/local/functions/OrganizationsFunction"
    status, answer = call("POST", url, json.dumps(document).encode())
    told: dict[str, Any] = json.loads(answer)
    assert status == 200, told
    assert "error" not in told, told
    return told
