"""Run with new_plan_kind.patch applied: a trial ends after its days, or with the subscription if that ends first."""

from keystack.domain.facts import OrderFact, Paid, SubscriptionSeen, with_facts
from keystack.domain.licenses import License
from keystack.domain.orders import Order, licenses_of
from keystack.domain.plan_kinds import DAY, PlanKind, has_duration
from keystack.domain.plans import settle_issued
from keystack.domain.status import Status, expires_at, license_status, next_change
from keystack.domain.subscriptions import SubscriptionState, SubscriptionStatus
from keystack.errors import InvalidInputError
from keystack.inputs.catalogue import PlanRequest
from keystack.inputs.reading import read_input

PAID = 1_000_000
TRIAL = PlanKind("trial")


def bought(*facts: OrderFact) -> tuple[Order, License]:
    plan = read_input(PlanRequest, {"name": "Try it", "kind": "trial", "duration_days": 14}).to_plan("try")
    assert plan.kind is TRIAL
    known = with_facts({}, [Paid(PAID), *facts])
    order = Order("acme", "cs_1", True, 5, facts=known, settled=(settle_issued(plan, 1, None),))
    [(license, _)] = licenses_of(order)
    return order, license


def is_refused_without_days() -> bool:
    try:
        read_input(PlanRequest, {"name": "Try it", "kind": "trial"}).to_plan("try")
    except InvalidInputError:
        return True
    return False


assert has_duration(TRIAL)
assert is_refused_without_days()

order, license = bought()
end = PAID + 14 * DAY
assert next_change(order) == expires_at(order, license) == end
assert license_status(order, license, end - 1) is Status.ACTIVE
assert license_status(order, license, end) is Status.EXPIRED

over = SubscriptionState(SubscriptionStatus.CANCELED, ends=PAID + 9, latest_is_paid=False)
order, license = bought(SubscriptionSeen("sub_1", PAID + 5, 0, (over,)))
assert next_change(order) == PAID + 9
assert license_status(order, license, PAID + 8) is Status.ACTIVE
assert license_status(order, license, PAID + 9) is Status.EXPIRED
