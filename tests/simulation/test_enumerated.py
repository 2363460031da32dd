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
    "crashes: the replay once it is mapped": 21,
    "crashes: a late payment": 21,
    "crashes: a customer's second purchase": 17,
    "crashes: a purchase after its refund and its end": 17,
    "crashes: a purchase after its refund, which a person lifts": 27,
    "crashes: a refund": 11,
    "crashes: the refund of a renewal": 17,
    "crashes: a refund before its purchase": 17,
    "crashes: a dispute that is won": 13,
    "crashes: a deletion": 19,
    "crashes: a sweep": 99,
    "crashes: a webhook": 7,
    "crashes: a dead letter": 5,
    "crashes: a reactivation": 13,
    "crashes: a revocation": 13,
    "crashes: a payment that is captured": 27,
    "crashes: a payment that is released": 11,
    "crashes: a debit that is tried again": 25,
    "crashes: an upgrade": 35,
    "crashes: more units": 25,
    "crashes: fewer units": 17,
    "crashes: an item that is added": 25,
    "crashes: an item that is removed": 13,
    "crashes: a change before its purchase": 25,
    "crashes: a renewal": 17,
    "crashes: a renewal that fails": 25,
    "crashes: a subscription that is unpaid": 13,
    "crashes: an unpaid one that is paid": 17,
    "crashes: a renewal after the refund of one": 19,
    "crashes: a cancellation that is set": 13,
    "crashes: a paused collection": 13,
    "crashes: an end after a change": 13,
    "crashes: an end that nobody paid for": 15,
    "crashes: a refund that is canceled": 11,
    "crashes: an inquiry that escalates": 25,
    "orders: payment, 2026-03-25.dahlia": 95,
    "orders: payment, 2022-11-15": 23,
    "orders: subscription, 2026-03-25.dahlia": 157,
    "orders: subscription, 2022-11-15": 37,
    "schedules: a purchase, twice": 34,
    "schedules: a free T-shirt, twice": 14,
    "schedules: a purchase told by two events": 34,
    "schedules: two purchases of one customer": 42,
    "schedules: a purchase and its refund": 37,
    "schedules: a purchase and its end": 37,
    "schedules: a purchase and its dispute": 39,
    "schedules: a late payment and its dispute": 44,
    "schedules: the webhook and the vendor's backend": 31,
    "schedules: the vendor's backend, twice": 26,
    "schedules: the vendor's backend and a refund": 26,
    "schedules: a refund and an end": 62,
    "schedules: a refund and a dispute": 72,
    "schedules: an upgrade and a refund": 15,
    "schedules: an upgrade and an end": 15,
    "schedules: a renewal and a refund": 11,
    "schedules: a renewal and the refund of the last": 11,
    "schedules: two changes": 18,
    "schedules: a change while another is read": 18,
    "schedules: a purchase and its change": 10,
    "schedules: an escalation and its end": 12,
    "schedules: a payment told by two events": 10,
    "decisions": 214,
    "attempts": 112,
    "lives: completed first": 7,
    "lives: updated first": 7,
    "lives: updated again first": 7,
    "lives: invoice paid first": 7,
    "lives: payment failed first": 7,
    "lives: refund first": 7,
    "lives: refund canceled first": 7,
    "lives: deleted first": 7,
    "lives: completed first, 2022-11-15": 7,
    "lives: updated first, 2022-11-15": 7,
    "lives: updated again first, 2022-11-15": 7,
    "lives: invoice paid first, 2022-11-15": 7,
    "lives: payment failed first, 2022-11-15": 7,
    "lives: refund first, 2022-11-15": 7,
    "lives: refund canceled first, 2022-11-15": 7,
    "lives: deleted first, 2022-11-15": 7,
    "lives: completed first, unasked": 7,
    "lives: updated first, unasked": 7,
    "lives: updated again first, unasked": 7,
    "lives: invoice paid first, unasked": 7,
    "lives: payment failed first, unasked": 7,
    "lives: refund first, unasked": 7,
    "lives: refund canceled first, unasked": 7,
    "lives: deleted first, unasked": 7,
    "samples: all eight, 1": 20,
    "samples: all eight, 2": 20,
    "samples: all eight, 3": 20,
    "samples: all eight, 4": 20,
    "payments: 2026-03-25.dahlia": 17,
    "refunds: the order, 2026-03-25.dahlia": 20,
    "refunds: a first invoice, 2026-03-25.dahlia": 20,
    "refunds: a renewal, 2026-03-25.dahlia": 20,
    "refunds: a renewal in two payments, 2026-03-25.dahlia": 22,
    "refunds: a proration, 2026-03-25.dahlia": 20,
    "refunds: something else, 2026-03-25.dahlia": 20,
    "disputes: the order, 2026-03-25.dahlia": 26,
    "disputes: a first invoice, 2026-03-25.dahlia": 26,
    "disputes: a renewal, 2026-03-25.dahlia": 26,
    "disputes: a proration, 2026-03-25.dahlia": 26,
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
        ("lives", "over a subscription's life"),
        ("samples", "all eight of them"),
        ("payments", "every way of a payment"),
        ("refunds", "every way of a refund"),
        ("disputes", "every way of a dispute"),
    ],
)
def test_the_document_says_how_many_there_are(kind: str, row: str) -> None:
    told = re.search(rf"\| {row}.*?\| ([\d,]+) ", (ROOT / "docs" / "correctness.md").read_text())
    assert told is not None
    counted = sum(count for name, count in HISTORIES.items() if name.partition(":")[0] == kind)
    assert int(told[1].replace(",", "")) == counted
