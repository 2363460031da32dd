"""Show a person a license's whole key. The audit log has it before the person does."""

from uuid import uuid4

from keystack.domain.audit import revealed_entry
from keystack.errors import NotFoundError
from keystack.storage import dynamodb
from keystack.storage.audit.entries import put_entries
from keystack.storage.licenses.licenses import find_with_order


def reveal(org: str, license: str, by: str) -> str:
    """Return a license's key, once the audit log says that `by` was shown it. Raises NotFoundError."""
    found = find_with_order(org, license)
    if found is None:
        raise NotFoundError(f"there is no license {license[:100]}")
    entry = revealed_entry(found.order, license, uuid4().hex, by)
    dynamodb.write(put_entries(org, [entry], by))
    return found.license.key
