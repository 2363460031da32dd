"""What a vendor sees of it, through the API, against what is expected. Each expectation is judged by one function."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from scenarios.scenario import Json, Scenario
from scenarios.stage import Stage

Judge = Callable[["Seen", Any], Any]


class Seen:
    """The licenses and what else the API shows; read once, when it is asked for."""

    def __init__(self, stage: Stage, last_event: str = "") -> None:
        self.stage, self.last_event = stage, last_event
        listed = stage.api.every("/v1/licenses", 100)
        self.licenses = [stage.api.get(f"/v1/licenses/{each['id']}").json for each in listed]
        assert [_short(each) for each in self.licenses] == [_short(each) for each in listed], "the list says otherwise"

    @property
    def only(self) -> Json:
        assert len(self.licenses) == 1, f"not one license, but {len(self.licenses)}"
        return dict(self.licenses[0])

    @property
    def delivery(self) -> Json:
        return dict(self.stage.api.get(f"/v1/deliveries/{self.last_event}").json)

    @property
    def actions(self) -> list[str]:
        return [entry["action"] for entry in self.stage.api.get("/v1/audit").json["items"]]

    def of_billing(self, name: str) -> Any:
        """Say what all licenses say that are of a subscription; None if none is."""
        told = [each["billing"][name] for each in self.licenses if each["billing"]]
        assert all(each == told[0] for each in told), f"licenses of one subscription say {told}"
        return told[0] if told else None


def differences(seen: Seen, expected: Json, scenario: Scenario, in_any_order: bool = False) -> list[str]:
    """Name what is not as expected; a word of an expectation that is not known here is an error."""
    only_valid = scenario.has_surplus and in_any_order
    return list(_differences(seen, expected, only_valid))


def _differences(seen: Seen, expected: Json, only_valid: bool) -> Iterator[str]:
    for name, value in expected.items():
        if name == "licenses":
            found: Any = _statuses(seen)
            wanted: Any = {plan: sorted(statuses.split()) for plan, statuses in value.items()}
            if only_valid:
                found, wanted = _valid(found), _valid(wanted)
        else:
            found, wanted = _JUDGES[name](seen, value), value
        if found != wanted:
            yield f"{name}: expected {wanted}, found {found}"


def _statuses(seen: Seen) -> dict[str, list[str]]:
    plans = sorted({each["plan"] for each in seen.licenses})
    return {plan: sorted(each["status"] for each in seen.licenses if each["plan"] == plan) for plan in plans}


def _valid(statuses: dict[str, list[str]]) -> dict[str, int]:
    """Count the active ones of each plan that has some."""
    return {plan: count for plan, of in statuses.items() if (count := of.count("active"))}


def _short(license: Json) -> Any:
    return license["id"], license["status"], license["expires_at"]


def _seconds(moment: str | None) -> int | None:
    return None if moment is None else int(datetime.fromisoformat(moment).timestamp())


def _contains(text: str, word: str) -> str:
    return word if word in text else text


_JUDGES: dict[str, Judge] = {
    "seats": lambda seen, _: seen.only["seats"],
    "same_key": lambda seen, _: [seen.only["key"]] == seen.stage.keys[:1],
    "expires_at": lambda seen, _: _seconds(seen.only["expires_at"]),
    "ends": lambda seen, _: {each["plan"]: _seconds(each["expires_at"]) for each in seen.licenses},
    "billing": lambda seen, _: seen.of_billing("state"),
    "collection_paused": lambda seen, _: seen.of_billing("collection_paused"),
    "paid_through": lambda seen, _: _seconds(seen.of_billing("paid_through")),
    "cancels_at": lambda seen, _: _seconds(seen.of_billing("cancels_at")),
    "delivery": lambda seen, _: seen.delivery["status"],
    "reason_contains": lambda seen, word: _contains(seen.delivery["reason"], word),
    "reason_lacks": lambda seen, word: word if word not in seen.delivery["reason"] else seen.delivery["reason"],
    "steps_contain": lambda seen, word: _contains(str(seen.delivery["steps"]), word),
    "audit_ends_with": lambda seen, _: seen.actions[0],
    "holds": lambda seen, _: sorted({hold["kind"] for each in seen.licenses for hold in each["holds"]}),
    "mails": lambda seen, _: len(seen.stage.mails.sent),
}
