"""A crash at every call, every attempt, every order, every schedule, every moment of a person's decision."""

import re

import pytest
from template import ROOT

from simulation.enumerated import FAST

# How many histories each family has. Fewer mean that something is no longer tried: say so here, and why.
HISTORIES = {
    "crashes: a subscription's purchase": 21,
    "crashes: a guest's purchase": 19,
    "crashes: a call of the vendor's backend": 9,
    "crashes: a purchase without e-mail": 19,
    "crashes: a purchase of sixty keys": 23,
    "crashes: a purchase mapped in part": 21,
    "crashes: the replay once it is mapped": 19,
    "crashes: a late payment": 21,
    "crashes: a customer's second purchase": 17,
    "crashes: a purchase after its refund and its end": 15,
    "crashes: a purchase after its refund, which a person lifts": 27,
    "crashes: a refund": 11,
    "crashes: the refund of a renewal": 17,
    "crashes: a refund before its purchase": 17,
    "crashes: a dispute that is won": 11,
    "crashes: a deletion": 11,
    "crashes: a sweep": 99,
    "crashes: a webhook": 7,
    "crashes: a dead letter": 5,
    "crashes: a reactivation": 13,
    "crashes: a revocation": 13,
    "orders: payment, 2026-03-25.dahlia": 95,
    "orders: payment, 2022-11-15": 23,
    "orders: subscription, 2026-03-25.dahlia": 157,
    "orders: subscription, 2022-11-15": 37,
    "schedules: a purchase, twice": 34,
    "schedules: a free T-shirt, twice": 14,
    "schedules: a purchase told by two events": 34,
    "schedules: two purchases of one customer": 42,
    "schedules: a purchase and its refund": 37,
    "schedules: a purchase and its end": 35,
    "schedules: a purchase and its dispute": 37,
    "schedules: a late payment and its dispute": 35,
    "schedules: the webhook and the vendor's backend": 31,
    "schedules: the vendor's backend, twice": 26,
    "schedules: the vendor's backend and a refund": 26,
    "schedules: a refund and an end": 51,
    "schedules: a refund and a dispute": 62,
    "decisions": 130,
    "attempts": 54,
}


@pytest.mark.parametrize("family", FAST)
def test_every_history_converges(family: str) -> None:
    tried = 0
    for name, history in FAST[family]():
        try:
            history()
        except BaseException as error:
            error.add_note(name)
            raise
        tried += 1
    assert tried == HISTORIES[family]


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("crashes", "a crash before and after every call"),
        ("orders", "every order of arrival of up to four events"),
        ("schedules", "every schedule of two handlers at once"),
        ("decisions", "a person's decision between any two events"),
        ("attempts", "everything that is written or sent, made twice"),
    ],
)
def test_the_document_says_how_many_there_are(kind: str, row: str) -> None:
    told = re.search(rf"\| {row}.*?\| ([\d,]+) ", (ROOT / "docs" / "correctness.md").read_text())
    assert told is not None
    counted = sum(count for name, count in HISTORIES.items() if name.partition(":")[0] == kind)
    assert int(told[1].replace(",", "")) == counted
