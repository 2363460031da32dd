"""Nothing is guessed: a field that decides is there and of its type, or the event is refused and names it."""

import copy
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keystack.errors import ActionNeededError
from keystack.stripe.events import (
    ChargeEvent,
    Checkout,
    Ignored,
    InvoiceEvent,
    PaymentEvent,
    SubscriptionEvent,
    read_event,
)

from unit.event_subjects import SUBJECTS, TYPES
from unit.stripe_shapes import ERAS, VERSIONS, event

OUR_VALUES = (Checkout, PaymentEvent, InvoiceEvent, SubscriptionEvent, ChargeEvent, Ignored)
Path = tuple[str | int, ...]

NUMBER, FLAG, WORD, LIST, HASH = "a number", "a flag", "a word or an id", "a list", "a hash"
OF_EVENT: dict[Path, str] = {("id",): WORD, ("created",): NUMBER, ("livemode",): FLAG}
SESSION: dict[Path, str] = {("id",): WORD}
COMPLETED: dict[Path, str] = {**SESSION, ("payment_status",): WORD}
PAYMENT: dict[Path, str] = {("id",): WORD}
REFUNDED: dict[Path, str] = {("id",): WORD, ("amount",): NUMBER, ("amount_refunded",): NUMBER}
REFUND_FAILED: dict[Path, str] = {("id",): WORD, ("amount",): NUMBER, ("charge",): WORD}
REFUND: dict[Path, str] = {**REFUND_FAILED, ("status",): WORD}
DISPUTE: dict[Path, str] = {
    ("id",): WORD,
    ("charge",): WORD,
    ("status",): WORD,
    ("balance_transactions", 0, "amount"): NUMBER,
}
SUBSCRIPTION: dict[Path, str] = {
    ("id",): WORD,
    ("status",): WORD,
    ("items",): HASH,
    ("items", "data"): LIST,
    ("items", "data", 0, "id"): WORD,
    ("items", "data", 0, "price", "id"): WORD,
    ("items", "data", 0, "current_period_end"): NUMBER,
}
INVOICE: dict[Path, str] = {
    ("id",): WORD,
    ("status",): WORD,
    ("amount_paid",): NUMBER,
    ("lines",): HASH,
    ("lines", "data"): LIST,
    ("lines", "data", 0, "amount"): NUMBER,
    ("lines", "data", 0, "period", "end"): NUMBER,
    ("lines", "data", 0, "parent", "subscription_item_details", "subscription_item"): WORD,
    ("lines", "data", 0, "parent", "subscription_item_details", "proration"): FLAG,
}
DECIDING: dict[str, dict[Path, str]] = {
    "checkout.session.completed": COMPLETED,
    "checkout.session.async_payment_succeeded": SESSION,
    "checkout.session.async_payment_failed": SESSION,
    "payment_intent.succeeded": PAYMENT,
    "payment_intent.canceled": PAYMENT,
    "charge.captured": PAYMENT,
    "charge.expired": PAYMENT,
    "invoice.paid": INVOICE,
    "invoice.payment_failed": INVOICE,
    "customer.subscription.created": SUBSCRIPTION,
    "customer.subscription.updated": SUBSCRIPTION,
    "customer.subscription.paused": SUBSCRIPTION,
    "customer.subscription.resumed": SUBSCRIPTION,
    "customer.subscription.deleted": SUBSCRIPTION,
    "charge.refunded": REFUNDED,
    "refund.created": REFUND,
    "refund.updated": REFUND,
    "refund.failed": REFUND_FAILED,
    "charge.refund.updated": REFUND,
    "charge.dispute.created": DISPUTE,
    "charge.dispute.updated": DISPUTE,
    "charge.dispute.closed": DISPUTE,
    "charge.dispute.funds_withdrawn": DISPUTE,
    "charge.dispute.funds_reinstated": DISPUTE,
}
EACH = [
    *((type_, path, kind) for type_ in TYPES for path, kind in OF_EVENT.items()),
    *((type_, ("data", "object", *path), kind) for type_ in TYPES for path, kind in DECIDING[type_].items()),
]
fields = pytest.mark.parametrize(("type_", "path", "kind"), EACH, ids=lambda each: str(each))

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3)
)
numbers_in_text = st.integers(0, 2_000_000_000).map(str)
OF_ANOTHER_TYPE = {
    NUMBER: st.none() | st.booleans() | st.floats() | numbers_in_text | st.text() | st.lists(scalars, max_size=2),
    FLAG: st.none() | st.sampled_from([0, 1, "true", "false", "", 1.0]) | st.lists(scalars, max_size=2),
    WORD: st.none() | st.booleans() | st.integers() | st.floats() | st.lists(scalars, max_size=2) | st.just({}),
    LIST: st.none() | st.booleans() | st.integers() | st.text() | st.just({}),
    HASH: st.none() | st.booleans() | st.integers() | st.text() | st.just([]),
}
LOOKALIKES: dict[str, list[Any]] = {
    NUMBER: [True, False, "1", "1700000000", 1.0, 1.5, [1], {"id": 1}],
    FLAG: [0, 1, "true", "false", 1.0, [True], {}],
    WORD: [True, 1, 1.5, ["paid"], {"id": None}, {"id": 1}, "", "no word, no id"],
    LIST: [True, 1, "x", {}, {"0": {}}],
    HASH: [True, 1, "x", []],
}


def payload_of(type_: str) -> dict[str, Any]:
    return copy.deepcopy(event(type_, SUBJECTS[type_]("basil")))


def holder_of(payload: Any, path: Path) -> Any:
    for part in path[:-1]:
        payload = payload[part]
    return payload


def assert_refused(payload: dict[str, Any], path: Path) -> None:
    """The refusal names the field, and no other."""
    with pytest.raises(ActionNeededError) as raised:
        read_event(payload)
    named = re.escape(".".join(str(part) for part in path))
    assert re.search(rf'\({named}( is "[^"]+")?\)', str(raised.value)), raised.value


def test_the_table_has_every_type() -> None:
    assert set(DECIDING) == set(TYPES)


@fields
def test_a_field_that_decides_may_not_be_missing(type_: str, path: Path, kind: str) -> None:
    payload = payload_of(type_)
    del holder_of(payload, path)[path[-1]]
    assert_refused(payload, path)


@fields
def test_a_field_that_decides_may_not_be_null(type_: str, path: Path, kind: str) -> None:
    payload = payload_of(type_)
    holder_of(payload, path)[path[-1]] = None
    assert_refused(payload, path)


@fields
def test_a_field_that_decides_may_not_only_look_like_it(type_: str, path: Path, kind: str) -> None:
    for lookalike in LOOKALIKES[kind]:
        payload = payload_of(type_)
        holder_of(payload, path)[path[-1]] = lookalike
        assert_refused(payload, path)


@given(st.sampled_from(EACH), st.data())
def test_a_field_that_decides_may_not_be_of_another_type(each: tuple[str, Path, str], data: st.DataObject) -> None:
    type_, path, kind = each
    payload = payload_of(type_)
    holder_of(payload, path)[path[-1]] = data.draw(OF_ANOTHER_TYPE[kind])
    assert_refused(payload, path)


def understood_or_refused(payload: dict[str, Any]) -> None:
    try:
        read = read_event(payload)
    except ActionNeededError as error:
        assert str(error)  # noqa: PT017
    else:
        assert isinstance(read, OUR_VALUES)
        assert not isinstance(read, Ignored) or read.reason


@given(st.sampled_from(TYPES), anything, anything)
def test_whatever_an_event_is_about_it_is_understood_or_refused(type_: str, subject: Any, previous: Any) -> None:
    understood_or_refused(event(type_, subject, previous=previous))


@given(st.sampled_from(TYPES), st.sampled_from(sorted(VERSIONS)), st.data())
def test_whatever_any_field_holds_the_event_is_understood_or_refused(type_: str, era: str, data: st.DataObject) -> None:
    assert era in ERAS
    payload = copy.deepcopy(event(type_, SUBJECTS[type_](era), era))
    path = data.draw(st.sampled_from(list(paths_of(payload))))
    holder_of(payload, path)[path[-1]] = data.draw(anything)
    understood_or_refused(payload)


@given(st.sampled_from(TYPES), st.data())
def test_whatever_was_before_is_understood_or_not_told(type_: str, data: st.DataObject) -> None:
    subject = SUBJECTS[type_]("basil")
    previous = copy.deepcopy(subject)
    path = data.draw(st.sampled_from(list(paths_of(previous))))
    holder_of(previous, path)[path[-1]] = data.draw(anything)
    told = read_event(event(type_, subject, previous=previous))
    assert not isinstance(told, Ignored)


def paths_of(value: Any, path: Path = ()) -> list[Path]:
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    if isinstance(value, list):
        inner = list(enumerate(value))
    return [each for name, held in inner for each in ((*path, name), *paths_of(held, (*path, name)))]
