"""Lines are settled once; one that is mapped later gets its licenses then, and the effects run again."""

from dataclasses import replace

import pytest
from keystack.domain import minting, recording
from keystack.domain.audit import AuditEntry
from keystack.domain.effects import EMAIL, METADATA, Effect, EffectState
from keystack.domain.facts import OrderFact, Paid
from keystack.domain.licenses import License
from keystack.domain.minting import settle_lines
from keystack.domain.orders import Order, licenses_of
from keystack.domain.plan_kinds import PlanKind
from keystack.domain.plans import MAX_LICENSES, Award, Line, Settled
from keystack.errors import ActionNeededError

from unit.billing_facts import disputed, ended

NOW = 10_000
ORDER = Order("acme", "cs_1", True, 5)


def licenses(order: Order) -> list[License]:
    return [license for license, _ in licenses_of(order)]


def record_fact(order: Order, fact: OrderFact, now: int) -> tuple[Order, list[AuditEntry]]:
    return recording.record_fact(order, fact, licenses(order), now)


def decide_email(order: Order, now: int) -> Order:
    return minting.decide_email(order, licenses(order), now)


def bought(line: str, count: int = 1, plan: str = "pro") -> Settled:
    awards = (Award(plan, PlanKind.PERPETUAL, None, "PRO", 1, count),) if count else ()
    return Settled(Line(line, "price_1", None, count or 1), awards)


def paid_with(*lines: Settled) -> Order:
    """An order as it stands when all of its effects are done."""
    settled, _ = settle_lines(ORDER, lines)
    done = {name: Effect(EffectState.DONE, at=NOW) for name in settled.effects}
    return replace(record_fact(settled, Paid(9), NOW)[0], minted=True, effects=done)


def test_the_first_lines_are_to_be_minted_and_told_by_order_created_alone() -> None:
    order, entries = settle_lines(ORDER, [bought("li_1", 2), bought("li_2")])
    assert entries == []
    assert order.license_count == 3
    assert not order.minted
    assert order.effects == {EMAIL: Effect(), METADATA: Effect()}
    _, (created,) = record_fact(order, Paid(9), NOW)
    assert (created.action, created.detail["licenses"]) == ("order.created", 3)


def test_a_line_that_was_mapped_late_is_issued_told_and_takes_the_effects_up_again() -> None:
    order, entries = settle_lines(paid_with(bought("li_1", 2)), [bought("li_1", 2), bought("li_2", 3)])
    assert [(entry.action, dict(entry.detail)) for entry in entries] == [
        ("license.issued", {"licenses": 3, "lines": "li_2"})
    ]
    assert order.license_count == 5
    assert not order.minted
    assert order.waiting_effects == {EMAIL, METADATA}


def test_settling_the_same_lines_again_changes_nothing() -> None:
    order = paid_with(bought("li_1", 2))
    assert settle_lines(order, [bought("li_1", 2)]) == (order, [])
    assert settle_lines(order, []) == (order, [])


def test_a_settled_line_keeps_what_it_earned_whatever_the_mapping_says_now() -> None:
    order = paid_with(bought("li_1", 2))
    again, entries = settle_lines(order, [bought("li_1", 50, "other"), bought("li_2")])
    assert again.settled == (bought("li_1", 2), bought("li_2"))
    assert [entry.detail["licenses"] for entry in entries] == [1]


def test_a_line_without_licenses_is_settled_and_starts_no_effect() -> None:
    order, entries = settle_lines(ORDER, [bought("li_shirt", 0)])
    assert (order.license_count, order.minted, dict(order.effects), entries) == (0, True, {}, [])
    late, entries = settle_lines(paid_with(bought("li_1")), [bought("li_shirt", 0)])
    assert (late.waiting_effects, late.minted, entries) == (frozenset(), True, [])


def test_each_further_settling_has_an_entry_of_its_own() -> None:
    order, first = settle_lines(paid_with(bought("li_1")), [bought("li_2")])
    _, second = settle_lines(order, [bought("li_3")])
    assert first[0].id != second[0].id


def test_a_late_line_leaves_the_ids_of_the_other_licenses_as_they_were() -> None:
    order = paid_with(bought("li_1", 2))
    before = [license.id for license, _ in licenses_of(order)]
    after = [license.id for license, _ in licenses_of(settle_lines(order, [bought("li_0", 2)])[0])]
    assert set(before) < set(after)
    assert len(set(after)) == 4


def test_an_order_may_have_a_thousand_licenses() -> None:
    assert settle_lines(ORDER, [bought("li_1", MAX_LICENSES)])[0].license_count == 1_000


@pytest.mark.parametrize("lines", [[bought("li_1", MAX_LICENSES + 1)], [bought("li_1", 600), bought("li_2", 401)]])
def test_an_order_of_more_is_refused_with_a_sentence_and_not_minted_in_part(lines: list[Settled]) -> None:
    with pytest.raises(ActionNeededError, match=r"order cs_1 would get 1001 licenses and the limit is 1000"):
        settle_lines(ORDER, lines)


def test_a_late_line_counts_towards_the_thousand() -> None:
    with pytest.raises(ActionNeededError, match="1001"):
        settle_lines(paid_with(bought("li_1", MAX_LICENSES)), [bought("li_2")])


@pytest.mark.parametrize(("state", "waits"), [("pending", True), ("failed", True), ("done", False), ("skipped", False)])
def test_only_what_is_not_done_and_not_rightly_skipped_waits(state: str, waits: bool) -> None:
    order = replace(ORDER, effects={EMAIL: Effect(EffectState(state), "why")})
    assert (EMAIL in order.waiting_effects) is waits


def test_an_effect_is_told_with_its_reason() -> None:
    assert Effect(EffectState.SKIPPED, "guest checkout").summary == "skipped: guest checkout"
    assert Effect(EffectState.DONE).summary == "done"


def test_an_order_must_be_found_under_each_stripe_id_it_has() -> None:
    assert replace(ORDER, payment_intent="pi_1", invoice="in_1").references == ("pi_1", "in_1")
    assert replace(ORDER, subscription="sub_1").references == ("sub_1",)
    assert ORDER.references == ()


def test_an_order_that_is_born_frozen_is_never_mailed_even_if_the_hold_is_lifted_before_the_mails_turn_comes() -> None:
    settled, _ = settle_lines(ORDER, [bought("li_1")])
    born = decide_email(record_fact(record_fact(settled, Paid(9), NOW)[0], disputed("needs_response", 8), NOW)[0], NOW)
    lifted, _ = record_fact(born, disputed("won", NOW), NOW)
    assert lifted.effects[EMAIL].state is EffectState.SKIPPED
    assert lifted.waiting_effects == {METADATA}


def test_an_order_with_one_license_active_at_birth_is_mailed() -> None:
    perpetual = bought("li_1")
    monthly = Settled(Line("li_2", "price_2", None, 1), (Award("pro", PlanKind.SUBSCRIPTION, None, "PRO", 1, 1),))
    over = ended(NOW - 1, NOW - 1)
    for lines, waiting in (([perpetual, monthly], {EMAIL, METADATA}), ([monthly], {METADATA})):
        settled, _ = settle_lines(ORDER, lines)
        born = decide_email(record_fact(record_fact(settled, Paid(9), NOW)[0], over, NOW)[0], NOW)
        assert born.waiting_effects == waiting
