"""The version of what a person saw before they change it: whoever changes it in between makes another one. Pure."""

import hashlib
import json
from dataclasses import asdict

from keystack.domain.organizations import Branding, Organization
from keystack.domain.plans import Mapping, Plan

NOTHING = ""  # the version of what is not there


def version_of(value: Plan | Mapping | Branding | Organization | None) -> str:
    """Name the version of a value by all that it says, so that items of any age have one; an organization's includes
    its branding."""
    if value is None:
        return NOTHING
    text = json.dumps(asdict(value), sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]
