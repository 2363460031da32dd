"""What a purchase mints: what is known × what was bought × fresh keys × now → what to write."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest
from keystack.domain.customers import IssuedKey, KeyRing
from keystack.domain.effects import EMAIL, METADATA, Effect, EffectState
from keystack.domain.facts import AwaitingPayment, Paid, PaymentFailed, Refunded, Revoked
from keystack.domain.licenses import License
from keystack.domain.minting import Known, Minting, Purchase, decide_minting, is_complete
from keystack.domain.orders import Order, licenses_of
from keystack.domain.plan_kinds import PlanKind
from keystack.domain.plans import Grant, Line, Mapping, Plan, settle_issued
from keystack.errors import ActionNeededError, ConflictError

from unit.billing_facts import disputed, ended

NOW, PAID_AT = 2_000, 1_500
PRO = Plan("pro", "Pro", PlanKind.PERPETUAL, key_prefix="PRO")
YEAR = Plan("year", "Year", PlanKind.FIXED, duration_days=365)
LINE, OTHER = Line("li_1", "price_pro", None, 1), Line("li_2", "price_late", None, 2)
PER_UNIT = Mapping("price_late", (Grant("pro", keys="per_unit"),))
SESSION = Order("acme", "cs_1", True, 1_000, email="ada@example.com", stripe_customer="cus_1", payment_intent="pi_1")
BOUGHT = Purchase(SESSION, (Paid(PAID_AT),), (LINE,))
NOTHING = Known(
    owners={"pi_1": None}, mappings={"price_pro": Mapping("price_pro", (Grant("pro"),))}, plans={"pro": PRO}
)


def bits() -> Iterator[int]:
    return count(1)


def minted(purchase: Purchase = BOUGHT, known: Known = NOTHING, now: int = NOW) -> Minting:
    return decide_minting(purchase, known, bits(), now)


def afterwards(minting: Minting, known: Known = NOTHING) -> Known:
    """What is known once everything that was decided is written, and the effects are done."""
    done = {name: Effect(EffectState.DONE, at=NOW) for name in minting.order.effects}
    order = replace(minting.order, minted=True, effects=done)
    owners = dict.fromkeys(order.references, order.id)
    ring = minting.key_ring(minting.licenses) or known.key_ring
    return replace(known, order=order, licenses=[*known.licenses, *minting.licenses], owners=owners, key_ring=ring)


def actions(minting: Minting) -> list[str]:
    return [str(entry.action) for entry in minting.entries]


def test_a_purchase_makes_an_order_its_license_an_entry_and_two_effects() -> None:
    minting = minted()
    [license] = minting.licenses
    assert license.key == "PRO-00000-00000-00000-00000-00001"
    assert (license.plan, license.line, license.unit, license.created_at) == ("pro", "li_1", 1, PAID_AT)
    assert actions(minting) == ["order.created"]
    assert minting.order.effects == {EMAIL: Effect(), METADATA: Effect()}
    assert minting.references == ("pi_1",)
    assert minting.key_ring(minting.licenses) == KeyRing((IssuedKey(PAID_AT, "cs_1", 0, license.key, "pro"),), 1)


def test_a_license_is_made_when_its_order_was_paid_not_when_the_session_was() -> None:
    known = replace(NOTHING, mappings={"price_pro": Mapping("price_pro", (Grant("year"),))}, plans={"year": YEAR})
    assert [each.created_at for each in minted(known=known).licenses] == [PAID_AT]


def test_the_same_purchase_again_changes_nothing() -> None:
    again = minted(known=afterwards(minted()))
    assert (again.licenses, again.entries, again.references) == ((), (), ())
    assert not again.changes_order


@pytest.mark.parametrize("fact", [AwaitingPayment(1_200), PaymentFailed(1_200)])
def test_without_payment_there_is_an_order_and_no_license(fact: AwaitingPayment | PaymentFailed) -> None:
    minting = minted(Purchase(SESSION, (fact,)))
    assert (minting.licenses, minting.key_ring(())) == ((), None)
    assert not minting.needs_lease(all_written=True)


def test_only_the_licenses_that_are_not_written_get_a_key_after_a_crash() -> None:
    known = replace(NOTHING, mappings={"price_pro": Mapping("price_pro", (Grant("pro", keys=3),))})
    first = minted(known=known)
    written = first.licenses[:1]
    resumed = minted(known=replace(known, order=first.order, licenses=written, owners={"pi_1": "cs_1"}))
    assert [each.id for each in resumed.licenses] == [each.id for each in first.licenses[1:]]
    assert not resumed.changes_order
    assert resumed.key_ring(resumed.licenses) is None  # it was written with the order


def test_a_line_that_is_not_mapped_waits_and_the_others_are_minted() -> None:
    minting = minted(replace(BOUGHT, lines=(LINE, OTHER)))
    assert len(minting.licenses) == 1
    assert [each.line for each in minting.unsettled] == [OTHER]


def test_a_line_that_is_mapped_later_gets_its_licenses_then() -> None:
    both = replace(BOUGHT, lines=(LINE, OTHER))
    known = afterwards(minted(both))
    late = minted(both, replace(known, mappings={**known.mappings, "price_late": PER_UNIT}))
    assert [each.line for each in late.licenses] == ["li_2", "li_2"]
    assert actions(late) == ["license.issued"]
    assert late.order.waiting_effects == {EMAIL, METADATA}


def test_facts_that_waited_for_the_order_are_recorded_with_it_and_the_mail_is_skipped() -> None:
    parked = {"refund:ch_1:100": Refunded("ch_1", 100, full=True, freezes=True, at=1_600)}
    minting = minted(known=replace(NOTHING, parked=parked))
    assert actions(minting) == ["order.created", "license.frozen"]
    assert minting.order.effects[EMAIL].state is EffectState.SKIPPED


def test_licenses_of_an_order_that_was_refunded_or_had_ended_before_they_came_are_told_as_what_they_are() -> None:
    monthly = replace(NOTHING, plans={"pro": replace(PRO, kind=PlanKind.SUBSCRIPTION)})
    waiting = minted(Purchase(SESSION, (AwaitingPayment(1_200),)), monthly).order
    for fact, word in (
        (ended(1_400, 1_300), "license.expired"),
        (Refunded("ch_1", 100, full=True, freezes=True, at=1_300), "license.frozen"),
    ):
        known = replace(monthly, order=replace(waiting, facts={**waiting.facts, fact.id: fact}))
        minting = minted(known=replace(known, owners={"pi_1": "cs_1"}))
        assert actions(minting) == ["order.created", word]
        assert minted(known=afterwards(minting, known)).entries == ()


def test_a_parked_fact_about_a_license_that_a_person_revoked_is_not_told_as_frozen() -> None:
    known = afterwards(minted())
    revoked = [replace(each, facts={"revoked": Revoked("ada", "fraud", 1_700)}) for each in known.licenses]
    known = replace(known, licenses=revoked, parked={"dispute:dp_1": disputed("needs_response", 1_800)})
    assert actions(minted(known=known)) == ["dispute.recorded"]


def test_what_was_unknown_of_the_order_is_filled_in_and_what_is_known_stays() -> None:
    guest = replace(SESSION, stripe_customer=None, payment_intent=None)
    known = afterwards(minted(replace(BOUGHT, order=guest)))
    later = minted(
        replace(BOUGHT, order=replace(SESSION, email="bob@example.com")), replace(known, owners={"pi_1": None})
    )
    order = later.order
    assert (order.email, order.stripe_customer, order.payment_intent) == ("ada@example.com", "cus_1", "pi_1")
    assert later.references == ("pi_1",)


def test_a_customer_that_becomes_known_later_is_told_all_keys_of_the_order() -> None:
    known = afterwards(minted(replace(BOUGHT, order=replace(SESSION, stripe_customer=None))))
    later = minted(known=known)
    assert later.order.effects[METADATA] == Effect()
    ring = later.key_ring(later.licenses)
    assert ring is not None
    assert ([each.key for each in ring.newest], ring.license_count) == ([each.key for each in known.licenses], 1)


# ------------------------------------------------------------ issued by the API

CALL = Purchase(
    replace(SESSION, id="ord_1", request="hash", metadata={"shop": "7"}),
    (Paid(NOW),),
    issued=settle_issued(PRO, 2, 5),
    key="key_abc",
    send_email=False,
)
UNKNOWN = Known(owners={"pi_1": None, "key_abc": None})


def test_a_call_mints_what_it_asks_for_and_leaves_the_effects_to_the_issuer() -> None:
    minting = minted(CALL, UNKNOWN)
    assert [(each.seats, each.unit) for each in minting.licenses] == [(5, 1), (5, 2)]
    assert minting.references == ("pi_1", "key_abc")
    assert (minting.order.request, minting.order.metadata) == ("hash", {"shop": "7"})
    assert minting.order.effects == {EMAIL: Effect(EffectState.SKIPPED, "the caller sends it"), METADATA: Effect()}
    assert (minting.needs_lease(all_written=True), minting.needs_lease(all_written=False)) == (False, True)


def test_an_order_is_minted_by_the_webhook_or_by_the_api_and_never_by_both() -> None:
    by_webhook = afterwards(minted())
    called = minted(replace(CALL, order=SESSION, key=None), by_webhook)
    assert (called.licenses, called.order.request) == ((), "")
    by_call = afterwards(minted(replace(CALL, order=SESSION, key=None), replace(UNKNOWN, owners={"pi_1": None})))
    told = minted(known=replace(NOTHING, order=by_call.order, licenses=by_call.licenses, owners={"pi_1": "cs_1"}))
    assert (told.licenses, told.unsettled) == ((), ())


@pytest.mark.parametrize(
    ("owners", "sentence"),
    [
        ({"pi_1": "cs_other", "key_abc": None}, "pi_1 belongs to order cs_other already"),
        ({"pi_1": None, "key_abc": "ord_2"}, "this Idempotency-Key was used for order ord_2"),
    ],
)
def test_a_call_may_not_take_what_belongs_to_another_order(owners: dict[str, str | None], sentence: str) -> None:
    with pytest.raises(ConflictError, match=sentence):
        minted(CALL, replace(UNKNOWN, owners=owners))


def test_a_call_may_not_mix_live_and_test() -> None:
    test = IssuedKey(1, "cs_0", 0, "TEST-PRO-00000-00000-00000-00000-00001", "pro")
    with pytest.raises(ConflictError, match="Stripe Customer cus_1 is one of test mode"):
        minted(CALL, replace(UNKNOWN, key_ring=KeyRing((test,), 1)))
    with pytest.raises(ConflictError, match="order ord_1 is one of test mode"):
        minted(CALL, replace(UNKNOWN, order=replace(CALL.order, livemode=False)))


def test_an_order_that_is_too_large_is_refused_whole() -> None:
    many = replace(NOTHING, mappings={"price_pro": Mapping("price_pro", (Grant("pro", keys="per_unit"),))})
    with pytest.raises(ActionNeededError, match="1001 licenses"):
        minted(replace(BOUGHT, lines=(replace(LINE, quantity=1_001),)), many)


def test_an_order_is_complete_when_it_has_licenses_and_all_are_written() -> None:
    order = minted().order
    assert not is_complete(order)
    assert is_complete(replace(order, minted=True))
    assert not is_complete(replace(SESSION, minted=True))


def test_every_license_of_an_order_has_an_id_of_its_own() -> None:
    order = minted(
        replace(BOUGHT, lines=(LINE, OTHER)), replace(NOTHING, mappings={**NOTHING.mappings, "price_late": PER_UNIT})
    ).order
    licenses: list[License] = [license for license, _ in licenses_of(order)]
    assert len({each.id for each in licenses}) == len(licenses) == 3
