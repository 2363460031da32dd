"""Deliveries: seen, and replayed one by one or all that failed; a replay does only what is missing."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from keystack.domain.deliveries import DeliveryStatus
from keystack.domain.queues import Queue
from keystack.management import replay
from keystack.queues import client as queue_client
from keystack.storage.deliveries import deliveries
from keystack.web.cursors import cursor_after
from samples import purchase, stripe_event

from integration.aws import client
from integration.aws_calls import Request, failing, hooked
from integration.vendor_api import VendorApi, api_with
from integration.world import ORG, World

QUEUES = {"IssueQueue": "issuer", "FreezeQueue": "freezer", "ExpireQueue": "expirer"}
DAY = 86_400
SINCE = "2026-01-01"
T0 = 1_767_225_600  # 2026-01-01T00:00:00Z


def queued(queue: str = "IssueQueue") -> list[dict[str, Any]]:
    """Take all messages out of a queue."""
    return [json.loads(body) for body in _bodies(queue)]


def _bodies(queue: str) -> Iterator[str]:
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for each in found:
            yield each["Body"]
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])


def record(number: int, status: DeliveryStatus, at: int = 0, org: str = ORG, **event: Any) -> str:
    """Put a delivery on record, received `number` seconds after 2026 began unless `at` says when."""
    sold = {**purchase(number), **event}
    deliveries.record(deliveries.Delivery(org, sold, at or T0 + number, status, f"why {number}"), T0 + number)
    return str(sold["id"])


def work_off(world: World) -> None:
    for queue, worker in QUEUES.items():
        for message in queued(queue):
            assert world.deliver(worker, message["event"], source=message["source"]) == []


# ------------------------------------------------------------------- lists


def test_the_newest_is_first_and_nothing_is_listed_twice(api: VendorApi) -> None:
    ids = [record(number, DeliveryStatus.SUCCEEDED) for number in range(1, 8)]
    assert [each["id"] for each in api.every("/v1/deliveries", limit=3)] == ids[::-1]


def test_a_delivery_is_told_whole(api: VendorApi, world: World) -> None:
    [event] = world.sold(1)
    world.issue(event)
    answer = api.get("/v1/deliveries/evt_1").json
    listed = api.get("/v1/deliveries").json["items"]
    assert {name: value for name, value in answer.items() if name != "payload"} == listed[0]
    assert answer["payload"] == event
    assert (answer["status"], answer["order"], answer["attempts"], answer["livemode"]) == (
        "succeeded",
        "cs_test_1",
        1,
        False,
    )
    assert (answer["type"], answer["steps"]["email"]) == ("checkout.session.completed", "done")
    assert answer["updated_at"].endswith("Z")


@pytest.mark.parametrize("status", ["succeeded", "ignored", "retrying", "failed"])
def test_a_list_of_one_status_has_all_of_it_and_nothing_else(api: VendorApi, status: str) -> None:
    names = ["succeeded", "failed", "retrying", "ignored", "failed", "succeeded", "retrying", "ignored"]
    statuses = [DeliveryStatus(name) for name in names]
    ids = {record(number, each): each for number, each in enumerate(statuses, 1)}
    for limit in (1, 2, 50):
        found = every(api, limit, status=status)
        assert [each["id"] for each in found] == [each for each in reversed(ids) if ids[each] == status]
        assert {each["status"] for each in found} == {status}


def test_the_work_for_a_page_is_bounded_and_the_rest_is_found_later(
    api: VendorApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keystack.storage.deliveries.lists.MANY", 2)
    wanted = record(1, DeliveryStatus.IGNORED)
    for number in range(2, 12):
        record(number, DeliveryStatus.SUCCEEDED)
    page = api.get("/v1/deliveries", status="ignored").json
    assert (page["items"], bool(page["cursor"])) == ([], True)
    assert [each["id"] for each in every(api, 50, status="ignored")] == [wanted]


def every(api: VendorApi, limit: int, **query: Any) -> list[Any]:
    items: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = api.get("/v1/deliveries", limit=limit, cursor=cursor, **query).json
        items, cursor = items + page["items"], page["cursor"]
    return items


def test_what_waits_for_a_payment_is_listed_until_it_came(api: VendorApi, world: World) -> None:
    event = purchase(1, "issuer.payment_unpaid")
    world.stripe.sell(event, ("price_pro_lifetime", 1))
    world.issue(event)
    [waits] = api.get("/v1/deliveries", status="waiting").json["items"]
    assert (waits["id"], waits["status"], waits["order"], waits["cause"]) == ("evt_1", "waiting", "cs_test_1", None)
    assert "awaits its payment since" in waits["reason"]
    assert api.get("/v1/deliveries", status="failed").json["items"] == []
    paid = {**event, "id": "evt_2", "type": "checkout.session.async_payment_succeeded"}
    world.stripe.sell(paid, ("price_pro_lifetime", 1))
    world.issue(paid)
    assert api.get("/v1/deliveries", status="waiting").json["items"] == []
    assert api.get("/v1/deliveries/evt_1").json["status"] == "succeeded"


def test_the_document_names_every_status(api: VendorApi) -> None:
    schemas = api.get("/v1/openapi.json").json["components"]["schemas"]
    assert schemas["DeliveryStatus"]["enum"] == [
        "succeeded",
        "ignored",
        "retrying",
        "failed",
        "waiting",
        "rejected",
    ]
    assert "freeze_on_paused_collection" in schemas["SettingsResponse"]["properties"]
    assert set(schemas["HoldKind"]["enum"]) == {"refund", "dispute", "person", "subscription", "quantity"}


def test_one_that_is_mended_leaves_the_list_of_failed_ones(api: VendorApi, world: World) -> None:
    [event] = world.sold(1, price="price_new")
    world.issue(event)
    [failed] = api.get("/v1/deliveries", status="failed").json["items"]
    assert failed["reason"] == "price price_new is not mapped to a plan: map it, then replay this delivery"
    api.put("/v1/mappings/price_new", {"grants": [{"plan": "pro"}]})
    assert api.post("/v1/deliveries/evt_1/replay").status == 202
    work_off(world)
    assert api.get("/v1/deliveries", status="failed").json == {"items": [], "cursor": None}
    assert api.get("/v1/deliveries/evt_1").json["status"] == "succeeded"


def test_rejected_requests_are_told_without_an_event(api: VendorApi) -> None:
    deliveries.count_rejected(ORG, "the signature does not match", T0)
    [told] = api.get("/v1/deliveries", status="rejected").json["items"]
    assert (told["status"], told["type"], told["livemode"], told["order"]) == ("rejected", None, None, None)
    assert api.get(f"/v1/deliveries/{told['id']}").json["payload"] is None


def test_an_event_that_no_utf8_can_write_is_shown_all_the_same(api: VendorApi, world: World) -> None:
    world.issue(purchase(1, client_reference_id="Zoë \ud800 \uffff \x00"))
    answer = api.get("/v1/deliveries/evt_1")
    assert answer.json["payload"]["data"]["object"]["client_reference_id"] == "Zoë ? \uffff \x00"


@pytest.mark.parametrize(
    ("query", "told"),
    [({"status": "lost"}, "status"), ({"limit": 0}, "limit"), ({"state": "failed"}, "'state' is not a parameter")],
)
def test_a_filter_that_does_not_exist_is_refused(api: VendorApi, query: dict[str, Any], told: str) -> None:
    answer = api.get("/v1/deliveries", **query)
    assert (answer.status, answer.problem) == (400, "invalid-request")
    assert told in answer.json["detail"]


def test_a_cursor_of_one_status_is_none_of_another(api: VendorApi) -> None:
    for number in (1, 2):
        record(number, DeliveryStatus.FAILED)
    cursor = api.get("/v1/deliveries", status="failed", limit=1).json["cursor"]
    assert api.get("/v1/deliveries", status="retrying", cursor=cursor).status == 400


# --------------------------------------------------------------- replay one


def test_a_replay_does_only_what_is_missing(api: VendorApi, world: World) -> None:
    event = purchase(1)
    world.stripe.sell(event, ("price_pro_monthly", 1), ("price_new", 1))
    world.issue(event)
    keys = world.keys("cs_test_1")
    api.put("/v1/mappings/price_new", {"grants": [{"plan": "pro"}]})
    answer = api.post("/v1/deliveries/evt_1/replay")
    assert (answer.status, answer.json) == (202, {"id": "evt_1"})
    work_off(world)
    assert len(world.keys("cs_test_1")) == 2
    assert set(keys) < set(world.keys("cs_test_1"))


def test_what_is_not_there_cannot_be_replayed(api: VendorApi) -> None:
    for answer in (api.get("/v1/deliveries/evt_nobody"), api.post("/v1/deliveries/evt_nobody/replay")):
        assert (answer.status, answer.problem) == (404, "not-found")
        assert "there is no delivery evt_nobody" in answer.json["detail"]


def test_what_has_nothing_to_replay_is_a_conflict(api: VendorApi) -> None:
    deliveries.count_rejected(ORG, "why", T0)
    record(1, DeliveryStatus.IGNORED, type="invoice.created")
    for identity in ("evt_1", "rejected-2026-01-01T00:00"):
        answer = api.post(f"/v1/deliveries/{identity}/replay")
        assert (answer.status, answer.problem) == (409, "conflict")
        assert "nothing to replay" in answer.json["detail"]
    assert queued() == []


# --------------------------------------------------------------- replay all


def replay_all(api: VendorApi, since: str = SINCE, **more: Any) -> Any:
    answer = api.post("/v1/deliveries/replay", {"status": "failed", "since": since, **more})
    assert answer.status == 202, answer.text
    return answer.json


def test_all_that_failed_since_then_goes_back_into_its_own_queue(api: VendorApi) -> None:
    record(1, DeliveryStatus.FAILED, at=T0 - 1)
    ids = [record(number, DeliveryStatus.FAILED, at=T0 + number - 2) for number in range(2, 27)]
    record(30, DeliveryStatus.SUCCEEDED)
    record(31, DeliveryStatus.RETRYING)
    for sample in ("freezer.refund_full", "expirer.subscription_deleted"):
        event = stripe_event(sample)
        deliveries.record(deliveries.Delivery(ORG, event, T0 + DAY, DeliveryStatus.FAILED, "why"), T0)
    assert replay_all(api) == {"replayed": 27, "refused": [], "cursor": None}
    messages = queued()
    assert sorted(each["event"]["id"] for each in messages) == sorted(ids)
    assert {(each["org"], each["source"]) for each in messages} == {(ORG, "replay")}
    assert [len(queued(queue)) for queue in ("FreezeQueue", "ExpireQueue")] == [1, 1]


def test_a_replay_of_many_is_bounded_and_goes_on_where_it_stopped(
    api: VendorApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "MAX_AT_ONCE", 4)
    ids = [record(number, DeliveryStatus.FAILED) for number in range(1, 11)]
    cursor, counts = "", []
    while cursor is not None:
        answer = replay_all(api, cursor=cursor)
        counts.append(answer["replayed"])
        assert len(counts) < 5
        cursor = answer["cursor"]
    assert counts == [4, 4, 2]
    assert [each["event"]["id"] for each in queued()] == ids


def test_what_fails_again_is_not_replayed_again_by_the_same_walk(
    api: VendorApi, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "MAX_AT_ONCE", 2)
    for event in world.sold(1, 2, 3, price="price_new"):
        world.issue(event)
    cursor, calls = "", 0
    while cursor is not None:
        cursor, calls = replay_all(api, since="2020-01-01T00:00:00+02:00", cursor=cursor)["cursor"], calls + 1
        assert calls < 5
        work_off(world)
    assert calls == 2
    assert [each["attempts"] for each in api.get("/v1/deliveries", status="failed").json["items"]] == [2, 2, 2]


def test_a_replay_that_died_half_way_is_simply_called_again(api: VendorApi, world: World) -> None:
    for event in world.sold(1, 2, price="price_new"):
        world.issue(event)
    api.put("/v1/mappings/price_new", {"grants": [{"plan": "pro"}]})

    def die(*_: object) -> None:
        raise SystemExit

    with hooked(queue_client.client(), "SendMessageBatch", after=die), pytest.raises(SystemExit):
        replay_all(api, since="2020-01-01")
    replay_all(api, since="2020-01-01")
    work_off(world)
    assert [len(world.keys(f"cs_test_{number}")) for number in (1, 2)] == [1, 1]
    assert len(world.mails.sent) == 2
    assert replay_all(api, since="2020-01-01")["replayed"] == 0


def test_what_the_queue_did_not_take_is_asked_again_and_then_named(api: VendorApi) -> None:
    ids = [record(number, DeliveryStatus.FAILED) for number in range(1, 4)]
    refusals: list[str] = []

    def refuse(_: str, request: Request) -> None:
        """Let SQS see an entry that is none: it refuses that one alone."""
        for entry in request["Entries"]:
            if ids[1] in entry["MessageBody"]:
                refusals.append(entry["Id"])

    def answered(_: str, parsed: dict[str, Any]) -> None:
        waiting = [each for each in parsed["Successful"] if each["Id"] in refusals]
        parsed["Successful"] = [each for each in parsed["Successful"] if each not in waiting]
        parsed["Failed"] = [{"Id": each["Id"], "Code": "InternalError", "SenderFault": False} for each in waiting]

    with hooked(queue_client.client(), "SendMessageBatch", before=refuse, after=answered):
        answer = replay_all(api)
    assert answer["replayed"] == 2
    assert answer["refused"] == [{"id": "evt_2", "reason": "the issue queue did not take delivery evt_2"}]
    assert refusals == ["1"] * queue_client.BATCH_ATTEMPTS


def test_a_message_that_sqs_refuses_for_good_does_not_end_the_attempts_at_the_others(api: VendorApi) -> None:
    for number in range(1, 4):
        record(number, DeliveryStatus.FAILED)
    answers = [  # SQS's, to the first and the second attempt at this batch
        {"Successful": [{"Id": "0"}], "Failed": [{"Id": "1", "SenderFault": True}, {"Id": "2", "SenderFault": False}]},
        {"Successful": [{"Id": "2"}], "Failed": [{"Id": "1", "SenderFault": True}]},
    ]
    asked: list[list[str]] = []

    def answer(_: str, parsed: dict[str, Any]) -> None:
        asked.append([each["Id"] for each in parsed["Successful"]])
        parsed |= answers.pop(0)

    with hooked(queue_client.client(), "SendMessageBatch", after=answer):
        told = replay_all(api)
    assert asked == [["0", "1", "2"], ["1", "2"]]
    assert (told["replayed"], [each["id"] for each in told["refused"]]) == (2, ["evt_2"])


@pytest.mark.parametrize("told", [{}, {"Failed": None}, {"Failed": []}])
def test_a_batch_of_which_nothing_failed_is_taken_however_sqs_says_so(api: VendorApi, told: dict[str, Any]) -> None:
    record(1, DeliveryStatus.FAILED)

    def answer(_: str, parsed: dict[str, Any]) -> None:
        parsed.clear()
        parsed |= {"Successful": [{"Id": "0"}], **told}

    with hooked(queue_client.client(), "SendMessageBatch", after=answer):
        assert replay_all(api)["replayed"] == 1


def test_a_queue_that_does_not_answer_is_a_503(api: VendorApi) -> None:
    record(1, DeliveryStatus.FAILED)

    with failing(queue_client.client(), operation="SendMessageBatch"):
        answers = [
            api.post("/v1/deliveries/replay", {"status": "failed", "since": SINCE}),
            api.post("/v1/deliveries/evt_1/replay"),
        ]
    assert [(answer.status, answer.problem) for answer in answers] == [(503, "retry-later")] * 2


def test_large_messages_go_in_batches_that_sqs_takes() -> None:
    ready = [
        replay.Ready(f"evt_{number}", queue, "x" * 400_000)
        for number in range(5)
        for queue in (Queue.ISSUE, Queue.FREEZE)
    ]
    batches = list(replay._batches(ready))
    assert sorted(each.event for batch in batches for each in batch) == sorted(each.event for each in ready)
    assert all(len({each.queue for each in batch}) == 1 for batch in batches)
    assert [len(batch) for batch in batches] == [2, 2, 1, 2, 2, 1]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"status": "failed"}, "since"),
        ({"status": "retrying", "since": SINCE}, "status"),
        ({"status": "failed", "since": "yesterday"}, "since: must be a time in ISO 8601"),
        ({"status": "failed", "since": 1_767_225_600}, "since: must be a time"),
        ({"status": "failed", "since": "0001-01-01"}, "since"),
        ({"status": "failed", "since": "9999-12-31T23:59:59-10:00"}, "since"),
        ({"status": "failed", "since": SINCE, "cursor": "x"}, "cursor"),
        ({"status": "failed", "since": SINCE, "limit": 5}, "limit"),
    ],
)
def test_a_replay_that_is_not_clear_is_refused(api: VendorApi, body: dict[str, Any], told: str) -> None:
    answer = api.post("/v1/deliveries/replay", body)
    assert (answer.status, answer.problem) == (400, "invalid-request")
    assert told in answer.json["detail"]


# ------------------------------------------------------------------ tenants


@pytest.fixture
def other(api: VendorApi, world: World) -> VendorApi:
    """Another organization, which has a failed delivery as we have one."""
    world.configure(org="acme-2")
    record(1, DeliveryStatus.FAILED)
    record(2, DeliveryStatus.FAILED, org="acme-2")
    record(3, DeliveryStatus.FAILED, org="acme-2")
    return api_with("admin", org="acme-2")


def test_nobody_sees_or_replays_anothers(api: VendorApi, other: VendorApi) -> None:
    assert [each["id"] for each in api.every("/v1/deliveries", 1)] == ["evt_1"]
    assert api.get("/v1/deliveries/evt_2").status == 404
    assert api.post("/v1/deliveries/evt_2/replay").status == 404
    assert replay_all(api)["replayed"] == 1
    assert [(each["org"], each["event"]["id"]) for each in queued()] == [(ORG, "evt_1")]


def test_nobody_uses_anothers_cursor(api: VendorApi, other: VendorApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MAX_AT_ONCE", 1)
    cursor = other.get("/v1/deliveries", limit=1).json["cursor"]
    assert api.get("/v1/deliveries", cursor=cursor).status == 400
    cursor = replay_all(other)["cursor"]
    assert cursor
    assert api.post("/v1/deliveries/replay", {"status": "failed", "since": SINCE, "cursor": cursor}).status == 400


@pytest.mark.parametrize("after", ["", "\x00", "zzz", "2026-01-01T00:00:02Z#evt_2", "é", "#"])
def test_a_forged_cursor_reads_nothing_but_ones_own(api: VendorApi, other: VendorApi, after: str) -> None:
    for listing, status in (("deliveries:", {}), ("deliveries:failed", {"status": "failed"})):
        cursor = cursor_after(ORG, listing, after)
        answer = api.get("/v1/deliveries", cursor=cursor, **status)
        assert answer.status in (200, 400)
        assert {each["id"] for each in answer.json.get("items", [])} <= {"evt_1"}
    replay_all(api, cursor=cursor_after(ORG, f"replay:{T0}", after))
    assert {each["org"] for each in queued()} <= {ORG}
