"""What may be done with a license: allowed with its effect, or refused in the words of the decision itself."""

from dataclasses import replace

import pytest
from keystack.domain import decisions
from keystack.domain.choices import Decision, choices
from keystack.domain.facts import OrderFact, Refunded, with_facts
from keystack.domain.licenses import License
from keystack.domain.orders import Order
from keystack.domain.plan_kinds import PlanKind
from keystack.domain.plans import Award, Line, Settled
from keystack.errors import ConflictError

from unit.billing_facts import ended, seen

NOW = 1_000_000
LICENSE = License("lic_1", "ACME-1", "pro", PlanKind.SUBSCRIPTION, 1, "li_1", 1, NOW - 100)
REFUNDED = Refunded("ch_1", 100, full=True, freezes=True, at=NOW - 50)
ENDED = ended(NOW - 10, NOW - 20)
UNPAID = seen("unpaid", NOW - 20)


def order(*facts: OrderFact, count: int = 1) -> Order:
    award = Award("pro", PlanKind.SUBSCRIPTION, None, "PRO", 1, count)
    settled = (Settled(Line("li_1", "price_1", None, 1), (award,)),)
    known = with_facts({}, facts)
    return Order("acme", "cs_1", True, NOW - 100, email="ada@example.com", facts=known, settled=settled)


def allowed(of: Order, license: License) -> set[str]:
    return {str(name) for name, choice in choices(of, license, NOW).items() if choice.is_allowed}


REVOKED, _ = decisions.revoke(order(), LICENSE, "Ada", "", NOW)
HELD, _ = decisions.freeze(order(), LICENSE, "Ada", "", NOW)


@pytest.mark.parametrize(
    ("of", "license", "expected"),
    [
        (order(), LICENSE, {"freeze", "revoke", "resend"}),
        (replace(order(), email=None), LICENSE, {"freeze", "revoke"}),
        (order(REFUNDED), LICENSE, {"freeze", "reactivate", "revoke"}),
        (order(UNPAID), LICENSE, {"freeze", "reactivate", "revoke"}),
        (order(), HELD, {"reactivate", "revoke"}),
        (order(ENDED), LICENSE, {"freeze", "revoke"}),
        (order(REFUNDED), REVOKED, set()),
    ],
)
def test_what_is_allowed(of: Order, license: License, expected: set[str]) -> None:
    assert allowed(of, license) == expected


def test_a_refusal_is_the_decisions_own() -> None:
    with pytest.raises(ConflictError) as raised:
        decisions.reactivate(order(), LICENSE, "Ada", "", NOW)
    assert choices(order(), LICENSE, NOW)[Decision.REACTIVATE].refusal == str(raised.value)


def test_the_effect_of_revoking_names_what_stays() -> None:
    assert choices(order(count=4), LICENSE, NOW)[Decision.REVOKE].effect == (
        "Revoking ends this license for good; the customer's software stops working at its next check."
        " The order's other 3 licenses stay as they are."
    )
    assert "other license stays as it is." in choices(order(count=2), LICENSE, NOW)[Decision.FREEZE].effect
    assert "other" not in choices(order(), LICENSE, NOW)[Decision.FREEZE].effect


def test_reactivating_what_has_ended_does_not_bring_it_back() -> None:
    assert "it is expired then" in choices(order(REFUNDED, ENDED), LICENSE, NOW)[Decision.REACTIVATE].effect
    assert "works again" in choices(order(REFUNDED), LICENSE, NOW)[Decision.REACTIVATE].effect


def test_resending_says_to_whom() -> None:
    assert choices(order(), LICENSE, NOW)[Decision.RESEND].effect == (
        "Resending sends the order's e-mail, with this license, once more to ada@example.com."
    )
