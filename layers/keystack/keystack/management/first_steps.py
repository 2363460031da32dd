"""How far a new organization is: the four steps of the guide, until its first license is there."""

from dataclasses import dataclass

from keystack.management.lists import Filter, list_licenses
from keystack.storage.licenses.licenses import FoundLicense
from keystack.storage.mappings.mappings import list_mappings
from keystack.storage.mappings.stripe_status import Connections


@dataclass(frozen=True)
class FirstSteps:
    """Which steps are done. `license`: the newest one; with it all of this is over."""

    connected: bool
    mapped: bool
    secret: bool
    license: FoundLicense | None

    @property
    def ready_to_sell(self) -> bool:
        return self.connected and self.mapped and self.secret


def load_first_steps(org: str, connections: Connections, now: int) -> FirstSteps:
    """Look how far an organization is: one query once it has a license, two before."""
    newest = list_licenses(org, Filter(), 1, None, now).items
    connected = connections.stripe_test or connections.stripe_live
    if newest:
        return FirstSteps(connected, True, True, newest[0])
    mapped = any(mapping.grants for mapping in list_mappings(org, 20).items)
    return FirstSteps(connected, mapped, connections.webhook_secrets > 0, None)
