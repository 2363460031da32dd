"""A message carries any JSON through SQS as plain ASCII, and is read back as it was."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keystack.domain.queues import Queue
from keystack.errors import InvalidInputError
from keystack.queues import client as queue_client
from keystack.queues.messages import REPLAY, STRIPE, Message, from_body, to_body

any_text = st.text(st.characters(exclude_categories=()), max_size=20)  # lone surrogates, U+0000 and U+FFFF as well
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | any_text
any_json = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3), max_leaves=10
)
EVENT = {"id": "evt_1", "type": "charge.refunded"}


def through(message: Message) -> Message:
    body = to_body(message)
    assert body.isascii()
    assert all(32 <= ord(character) < 127 for character in body)  # what SQS takes, with nothing left to escape
    return from_body(body)


@given(any_json, st.sampled_from([STRIPE, REPLAY]), st.integers(0, 2**40))
def test_any_json_arrives_as_it_was_sent(data: Any, source: str, received_at: int) -> None:
    message = Message("acme", received_at, {**EVENT, "data": data}, source)
    assert through(message) == message


@pytest.mark.parametrize(
    "text",
    ["\ud800", chr(0xDFFF), "a" + chr(0xD83D), "😀", "\x00", "\uffff", "\ufffe", "\x1f\x7f\x85", "\u2028", '"\\', "ß☃"],
    ids=ascii,
)
def test_text_that_sqs_would_refuse_arrives(text: str) -> None:
    message = Message("acme", 1, {**EVENT, text: [text]}, STRIPE)
    assert through(message) == message


def test_a_message_is_one_json_object_of_four_fields() -> None:
    assert json.loads(to_body(Message("acme", 7, EVENT, STRIPE))) == {
        "org": "acme", "received_at": 7, "event": EVENT, "source": "stripe",
    }  # fmt: skip


def body(**changed: Any) -> str:
    whole = {"org": "acme", "received_at": 7, "event": EVENT, "source": "stripe", **changed}
    return json.dumps({name: value for name, value in whole.items() if value is not ...})


@pytest.mark.parametrize(
    "garbage",
    [
        "", " ", "{", "null", "[]", "7", '"text"', "NaN", "\x00", "{}", "[" * 100_000, "9" * 5_000,
        body(org=...), body(received_at=...), body(event=...), body(source=...),
        body(org=None), body(org=7), body(received_at="soon"), body(received_at=None), body(received_at=[]),
        body(received_at=float("nan")),
        body(event=None), body(event=[]), body(event="evt_1"), body(event=7), body(event={}),
        body(event={"id": "evt_1"}), body(event={"type": "x"}), body(event={"id": 1, "type": "x"}),
        body(event={"id": "evt_1", "type": None}),
    ],
    ids=lambda garbage: garbage[:60] or "empty",
)  # fmt: skip
def test_garbage_is_refused_with_a_sentence(garbage: str) -> None:
    with pytest.raises(InvalidInputError, match="only the verifier may send"):
        from_body(garbage)


@pytest.mark.parametrize("number", ["1e999", "Infinity"])
def test_a_time_without_end_is_refused_with_a_sentence(number: str) -> None:
    with pytest.raises(InvalidInputError):
        from_body(body(received_at=0).replace(": 0", f": {number}"))


@given(any_json)
def test_whatever_json_comes_is_read_or_refused(garbage: Any) -> None:
    for text in (json.dumps(garbage), body(event=garbage), body(received_at=garbage)):
        with suppress(InvalidInputError):
            assert isinstance(from_body(text), Message)


def test_a_message_that_sqs_would_not_take_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_client() -> None:
        raise AssertionError("SQS was called")

    monkeypatch.setattr(queue_client, "client", no_client)
    event = {"id": "evt_1", "type": "x", "text": "x" * 1_048_576}
    with pytest.raises(queue_client.MessageTooLargeError, match="evt_1 is too large"):
        queue_client.send(Queue.ISSUE, Message("acme", 0, event, "stripe"))
