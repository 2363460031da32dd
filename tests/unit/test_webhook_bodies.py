"""What the verifier takes for an event: a JSON object with an id and a type, and nothing that is no JSON."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from keystack.queues.messages import STRIPE, Message, from_body, to_body

VERIFIER = Path(__file__).parents[2] / "functions" / "verifier" / "verifier.py"
Parse = Callable[[bytes], dict[str, Any] | None]


@pytest.fixture(scope="module")
def parse() -> Parse:
    """The verifier's own parser, in a module of its own, so that no other test's environment is met."""
    with pytest.MonkeyPatch.context() as environment:
        for name in (
            "STAGE",
            "ISSUE_QUEUE_URL",
            "FREEZE_QUEUE_URL",
            "EXPIRE_QUEUE_URL",
            "DELIVERIES_TABLE",
            "MAPPINGS_TABLE",
        ):
            environment.setenv(name, "none")
        environment.setenv("POWERTOOLS_METRICS_NAMESPACE", "none")
        spec = importlib.util.spec_from_file_location("verifier_for_unit_tests", VERIFIER)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    found: Parse = module._event
    return found


def deep(levels: int) -> bytes:
    return b'{"id": "evt_1", "type": "x", "deep": ' + b"[" * levels + b"]" * levels + b"}"


@pytest.mark.parametrize("identity", ["evt_1", "evt_1NG8Du2eZvKYlo2CUI79vXWy", "A-z_9", "e" * 255])
def test_an_object_with_an_id_and_a_type_is_an_event(parse: Parse, identity: str) -> None:
    event = {"id": identity, "type": "charge.refunded", "data": {"object": {"name": "Zoë 😀"}}}
    assert parse(json.dumps(event).encode()) == parse(json.dumps(event, ensure_ascii=False).encode()) == event


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"{", b"null", b"true", b"7", b'"evt_1"', b"[]", b"{}", b'[{"id": "evt_1", "type": "x"}]',
        b'{"id": "evt_1"}', b'{"type": "x"}', b'{"id": "evt_1", "type": ""}', b'{"id": "evt_1", "type": null}',
        b'{"id": "evt_1", "type": {}}', b'{"id": null, "type": "x"}', b'{"id": 1, "type": "x"}',
        b'{"id": "", "type": "x"}', b'{"id": "evt#1", "type": "x"}', b'{"id": "evt_1\\n", "type": "x"}',
        '{"id": "evt_é", "type": "x"}'.encode(), '{"id": "evt_١", "type": "x"}'.encode(),
        b'{"id": "\\ud800", "type": "x"}', b'{"id": "' + b"e" * 256 + b'", "type": "x"}',
        b'{"id": "evt_1", "type": "x"} {}', b"{'id': 'evt_1', 'type': 'x'}",
        b'\xef\xbb\xbf{"id": "evt_1", "type": "x"}', b'{"id": "evt_1", "type": "x", "name": "\xff"}',
        '{"id": "evt_1", "type": "x"}'.encode("utf-16"),
        b'{"id": "evt_1", "type": "x", "n": NaN}', b'{"id": "evt_1", "type": "x", "n": -Infinity}',
        b'{"id": "evt_1", "type": "x", "n": ' + b"9" * 5_000 + b"}",
        b'{"id": "evt_1", "type": "x", "name": "\x00"}', deep(100_000), b"[" * 100_000,
    ],
    ids=lambda body: ascii(body[:50]),
)  # fmt: skip
def test_anything_else_is_not(parse: Parse, body: bytes) -> None:
    assert parse(body) is None


@pytest.mark.parametrize(("levels", "taken"), [(1, True), (45, True), (60, False), (900, False)])
def test_an_event_is_nested_as_deep_as_a_worker_can_read_and_no_deeper(parse: Parse, levels: int, taken: bool) -> None:
    event = parse(deep(levels))
    assert (event is not None) == taken
    if event:
        assert from_body(to_body(Message("acme", 1, event, STRIPE))).event == event


def test_of_duplicate_keys_the_last_counts_as_in_stripes_own_libraries(parse: Parse) -> None:
    event = parse(b'{"id": "evt_1", "type": "x", "id": "evt_2"}')
    assert event is not None
    assert event["id"] == "evt_2"


def test_escaped_half_surrogates_and_control_characters_come_through_to_the_worker(parse: Parse) -> None:
    event = parse(b'{"id": "evt_1", "type": "x", "name": "\\ud800\\u0000\\uffff"}')
    assert event is not None
    assert from_body(to_body(Message("acme", 1, event, STRIPE))).event["name"] == "\ud800\x00\uffff"


def test_a_number_too_large_is_refused_or_written_as_json(parse: Parse) -> None:
    event = parse(b'{"id": "evt_1", "type": "x", "n": 1e999}')
    assert event is None or "Infinity" not in to_body(Message("acme", 1, event, STRIPE))
