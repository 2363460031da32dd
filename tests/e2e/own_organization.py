"""An organization of a test's own in the shared stack, so that it may do as it likes."""

import json
from typing import Any

from local.client import call
from local.tools.child_stack import ChildStack


def own_organization(stack: ChildStack, org: str) -> str:
    """Create an organization as the operator does; return its first API key."""
    body = json.dumps({"org": org, "name": org}).encode()
    status, answer = call("POST", f"{stack.state['url']}/local/functions/OrganizationsFunction", body)
    told: dict[str, Any] = json.loads(answer)
    assert status == 200, told
    return str(told["api_key"])
