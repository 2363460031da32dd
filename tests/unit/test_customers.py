"""Customers, and what Stripe's Customer is told of their keys."""

from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from keystack.domain.customers import METADATA_LIMIT, IssuedKey, KeyRing, customer_id, metadata, with_keys
from keystack.domain.keys import format_key


@dataclass(frozen=True)
class Purchase:
    keys: tuple[IssuedKey, ...]
    count: int


def purchase(order: int, at: int, count: int, prefix: str, livemode: bool) -> Purchase:
    keys = [format_key(prefix, order * 1_000 + place, livemode) for place in range(count)]
    told = tuple(IssuedKey(at, f"cs_{order}", -place, key, f"plan_{order}") for place, key in enumerate(keys))
    return Purchase(told[:24], count)


def purchases(most: int = 6) -> SearchStrategy[list[Purchase]]:
    prefix = st.sampled_from(["A", "PRO", "ENTERPRISE12"])
    one = st.tuples(st.integers(0, 3), st.integers(0, 40), prefix, st.booleans())
    return st.lists(one, max_size=most).map(lambda told: [purchase(order, *each) for order, each in enumerate(told)])


def ring(bought: list[Purchase]) -> KeyRing:
    found = KeyRing()
    for each in bought:
        found = with_keys(found, each.keys, each.count)
    return found


@given(purchases(), st.randoms(use_true_random=False))
def test_the_order_in_which_purchases_are_told_leaves_no_trace(bought: list[Purchase], random: Random) -> None:
    shuffled = list(bought)
    random.shuffle(shuffled)
    assert ring(shuffled) == ring(bought)


@given(purchases())
def test_the_metadata_holds_whole_keys_the_newest_first_and_fits(bought: list[Purchase]) -> None:
    told = metadata(ring(bought))
    newest = [issued.key for issued in sorted((key for each in bought for key in each.keys), reverse=True)]
    shown = told["keystack_license_key"].split(",") if told["keystack_license_key"] else []
    assert all(len(value) <= METADATA_LIMIT for value in told.values())
    assert shown == newest[: len(shown)]
    one_more = newest[: len(shown) + 1]
    assert len(shown) == len(newest) or len(",".join(one_more)) > METADATA_LIMIT  # as many as fit
    assert told["keystack_license_count"] == str(sum(each.count for each in bought))


def test_five_hundred_characters_fit_and_one_more_does_not() -> None:
    keys = ["K" * 250, "L" * 249, "M"]  # 250 + 1 + 249 = 500
    told = metadata(KeyRing(tuple(IssuedKey(9 - n, "cs", 0, key, "pro") for n, key in enumerate(keys)), 3))
    assert told["keystack_license_key"] == ",".join(keys[:2])
    longer = KeyRing((IssuedKey(9, "cs", 0, "K" * 250, "pro"), IssuedKey(8, "cs", 0, "L" * 250, "pro")), 2)
    assert metadata(longer)["keystack_license_key"] == "K" * 250


def test_an_old_short_key_does_not_take_the_place_of_a_newer_long_one() -> None:
    keys = ["K" * 490, "L" * 250, "M"]
    told = metadata(KeyRing(tuple(IssuedKey(9 - n, "cs", 0, key, "pro") for n, key in enumerate(keys)), 3))
    assert told["keystack_license_key"] == "K" * 490


def test_a_key_that_is_told_again_is_shown_once() -> None:
    key = IssuedKey(1, "cs_1", 0, "KEY-1", "pro")
    assert with_keys(with_keys(KeyRing(), [key], 1), [key], 0) == KeyRing((key,), 1)


def test_the_plan_is_that_of_the_newest_key_whichever_order_was_told_last() -> None:
    old, new = IssuedKey(1, "cs_old", 0, "OLD-KEY", "basic"), IssuedKey(2, "cs_new", 0, "NEW-KEY", "pro")
    told = metadata(with_keys(with_keys(KeyRing(), [new], 1), [old], 1))
    assert told == {
        "keystack_license_key": "NEW-KEY,OLD-KEY",
        "keystack_plan": "pro",
        "keystack_license_count": "2",
    }


def test_a_customer_without_keys_is_told_of_none() -> None:
    assert metadata(KeyRing()) == {
        "keystack_license_key": "",
        "keystack_plan": "",
        "keystack_license_count": "0",
    }


@given(st.emails())
def test_an_address_is_one_customer_in_either_case_and_with_any_stripe_customer(email: str) -> None:
    mine = customer_id(True, email.lower(), "cus_1", "cs_1")
    assert mine == customer_id(True, f" {email.upper()} ", None, "cs_2")


@pytest.mark.parametrize(("email", "stripe_customer"), [("ada@example.com", None), (None, "cus_1"), (None, None)])
def test_live_and_test_mode_have_customers_of_their_own(email: str | None, stripe_customer: str | None) -> None:
    assert customer_id(True, email, stripe_customer, "cs_1") != customer_id(False, email, stripe_customer, "cs_1")


@pytest.mark.parametrize("email", [None, "", "  "])
def test_without_an_address_the_stripe_customer_says_who_it_is(email: str | None) -> None:
    assert customer_id(True, email, "cus_1", "cs_1") == customer_id(True, email, "cus_1", "cs_2")
    assert customer_id(True, email, "cus_1", "cs_1") != customer_id(True, email, "cus_2", "cs_1")


def test_without_either_each_order_is_a_customer() -> None:
    assert customer_id(True, None, None, "cs_1") != customer_id(True, None, None, "cs_2")


def test_an_address_cannot_pass_for_a_stripe_customer() -> None:
    assert customer_id(True, "cus_1", None, "cs_1") != customer_id(True, None, "cus_1", "cs_1")
