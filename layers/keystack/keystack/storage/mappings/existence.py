"""Whether an organization exists: one read of its item ORG in the mappings table, remembered. Imports little.

The verifier asks before it reads a secret, so that invented names cost no call to SSM.
"""

import time

from keystack.storage import dynamodb
from keystack.storage.attributes import to_item
from keystack.storage.mappings.table import TABLE

MISS_SECONDS = 10  # seconds; whoever is created meanwhile waits no longer
MAX_MISSES = 1_000  # organizations that do not exist; somebody may invent any number of them

_known: set[str] = set()  # they are never deleted, and only as many as there are
_misses: dict[str, float] = {}  # name → until when it counts as missing; the oldest first


def exists(org: str) -> bool:
    """Tell whether there is an organization `org`. Raises RetryLaterError when DynamoDB does not answer."""
    known = remembered(org)
    if known is None:
        known = _read(org)
        _remember(org, known)
    return known


def remembered(org: str) -> bool | None:
    """Tell what is known without a read; None if nothing is."""
    if org in _known:
        return True
    return False if _misses.get(org, 0) > time.monotonic() else None


def forget_all() -> None:
    _known.clear()
    _misses.clear()


def _read(org: str) -> bool:
    # Eventually consistent is enough: a miss is soon asked again.
    key = to_item({"pk": org, "sk": "ORG"})
    with dynamodb.translate_errors(TABLE):
        answer = dynamodb.quick_client().call("GetItem", {"TableName": TABLE, "Key": key, "ProjectionExpression": "pk"})
    return "Item" in answer


def _remember(org: str, known: bool) -> None:
    _misses.pop(org, None)  # so that a miss remembered anew is the newest
    if known:
        _known.add(org)
        return
    if len(_misses) >= MAX_MISSES:
        del _misses[next(iter(_misses))]
    _misses[org] = time.monotonic() + MISS_SECONDS
