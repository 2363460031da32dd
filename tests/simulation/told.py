"""What KeyStack says of a license and its order: its tables, read by its own code."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keystack.domain.billing import billing
from keystack.domain.grants import as_granted
from keystack.domain.status import expires_at, license_status
from keystack.storage.licenses.licenses import license_from
from keystack.storage.licenses.orders import order_from

from simulation.truth.subscriptions import Billing

if TYPE_CHECKING:
    from simulation.world import SimulatedWorld


@dataclass(frozen=True)
class Told:
    status: str
    ends: int | None
    plan: str
    seats: int


def license_told(world: "SimulatedWorld", item: dict[str, Any]) -> Told:
    """Read a license from its item and its order's."""
    order, license = order_from(_order(world, item["pk"])).order, license_from(item)
    status = str(license_status(order, license, int(world.clock.now)))
    granted = as_granted(order, license)
    return Told(status, expires_at(order, license), granted.plan, granted.seats)


def billing_told(world: "SimulatedWorld", pk: str) -> Billing | None:
    told = billing(order_from(_order(world, pk)).order.facts)
    return Billing(str(told.state), told.collection_paused, told.paid_through, told.cancels_at) if told else None


def status_told(items: dict[str, Any], sk: str, now: int) -> str | None:
    """Read a license's status from the items of its order; None if either is not there."""
    if sk not in items or "ORDER" not in items:
        return None
    return str(license_status(order_from(items["ORDER"]).order, license_from(items[sk]), now))


def _order(world: "SimulatedWorld", pk: str) -> dict[str, Any]:
    return world.tables.plain(world.tables.items["LicensesTable", pk, "ORDER"])
