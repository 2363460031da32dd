"""Plays a scenario: as it is told, in another order, with each event twice, again, or with a process that dies."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from scenarios.judging import Seen, differences
from scenarios.orders import every_order, with_each_twice
from scenarios.outside import Death
from scenarios.scenario import PLAIN, Json, Kind, Scenario, Step, time_of
from scenarios.stage import RIGHTS, Stage


def play(stage: Stage, scenario: Scenario, behind: int = 0) -> None:
    """Play it as it is told, and judge every expectation; `behind`: so many seconds our clock is behind Stripe's."""
    stage.begin(scenario, scenario.answers, behind=behind)
    found = list(_judged_steps(stage, scenario))
    assert not found, _told(scenario, f"as it is told, {behind} s behind", found)


def play_every_order(stage: Stage, scenario: Scenario) -> int:
    """Let the events arrive in every order, after all has happened; return in how many."""
    return _play_orders(stage, scenario, every_order(scenario.events, scenario.name))


def play_every_order_as_dated(stage: Stage, scenario: Scenario) -> int:
    """Let the events arrive in every order, the clock always at the time that they say; return in how many."""
    return _play_orders(stage, scenario, every_order(scenario.events, scenario.name), as_dated=True)


def play_each_twice(stage: Stage, scenario: Scenario) -> int:
    """Let each event arrive twice, after all has happened, in any order; return in how many orders."""
    return _play_orders(stage, scenario, with_each_twice(scenario.events, scenario.name))


def play_own_words(stage: Stage, scenario: Scenario) -> int:
    """Let the events arrive in every order, where the key may read neither subscriptions nor disputes."""
    steps = [step for step in scenario.steps if step.kind is not Kind.EXPECT]
    end = {name: value for name, value in scenario.end.items() if name in PLAIN}
    told = replace(scenario, refused=tuple(RIGHTS), steps=(*steps, Step(Kind.EXPECT, end)))
    return _play_orders(stage, told, every_order(told.events, told.name))


def play_and_replay(stage: Stage, scenario: Scenario) -> None:
    """Play it as it is told; then replay what can be, one by one, the newest first."""
    stage.begin(scenario, scenario.answers)
    _unjudged_steps(stage, scenario)
    for event in reversed(scenario.events):
        answer = stage.api.post(f"/v1/deliveries/{event['id']}/replay")
        assert answer.status in (202, 409), answer.text  # 409: there was nothing to do, so nothing is there to replay
        stage.work(stage.account.take())
    _require_end(stage, scenario, "after everything was replayed")


def play_deaths(stage: Stage, scenario: Scenario, late: bool) -> int:
    """Let the process die before and after each call to the outside, once in each play; return how often it died.

    Its message comes back at once or, if `late`, after everything else; then a person's calls come after that, too.
    """
    stage.begin(scenario, scenario.answers)
    _unjudged_steps(stage, scenario)
    deaths: list[Death] = [(call, when) for call in range(1, stage.outside.calls + 1) for when in ("before", "after")]
    for death in deaths:
        stage.begin(scenario, scenario.answers, death, late)
        _unjudged_steps(stage, scenario, with_calls=not late)
        stage.come_back()
        for call in scenario.calls if late else ():
            stage.call(call)
        stage.come_back()
        _require_end(stage, scenario, f"with a crash {death[1]} call {death[0]} of {len(deaths) // 2}, late: {late}")
    return len(deaths)


def _play_orders(stage: Stage, scenario: Scenario, orders: Iterable[list[Json]], as_dated: bool = False) -> int:
    end, count = max(map(time_of, scenario.events)), 0
    for order in orders:
        stage.begin(scenario, scenario.last_answers)
        for event in order:
            if as_dated:
                stage.clock.stand(time_of(event))
            stage.arrive(event, time_of(event) if as_dated else end)
        for call in scenario.calls:
            stage.call(call)
        _require_end(stage, scenario, "in the order " + ", ".join(f"{each['id']} {each['type']}" for each in order))
        count += 1
    return count


def _steps(stage: Stage, scenario: Scenario, expect: Callable[[str, int, Json], Iterable[str]]) -> Iterator[str]:
    """Do one step after the other; `expect` judges by the last event's id and time."""
    event, at = "", 0
    for step in scenario.steps:
        match step.kind:
            case Kind.EVENT:
                event, at = step.what["id"], time_of(step.what)
                stage.arrive(step.what, at)
            case Kind.ANSWERS:
                stage.stripe.says(step.what)
            case Kind.CALL:
                stage.call(step.what)
            case Kind.EXPECT:
                yield from expect(event, at, step.what)


def _judged_steps(stage: Stage, scenario: Scenario) -> Iterator[str]:
    def expect(event: str, at: int, expected: Json) -> list[str]:
        return [f"after {event}: {each}" for each in _differences(stage, scenario, expected, event, at)]

    return _steps(stage, scenario, expect)


def _unjudged_steps(stage: Stage, scenario: Scenario, with_calls: bool = True) -> None:
    kept = (step for step in scenario.steps if with_calls or step.kind is not Kind.CALL)
    for _ in _steps(stage, replace(scenario, steps=tuple(kept)), lambda *_: ()):
        pass


def _differences(
    stage: Stage, scenario: Scenario, expected: Json, event: str, at: int, in_any_order: bool = False
) -> list[str]:
    """Judge at `at`, or later if time has passed."""
    stage.clock.stand(max(at, stage.clock.now()))
    return differences(Seen(stage, event), expected, scenario, in_any_order)


def _require_end(stage: Stage, scenario: Scenario, how: str) -> None:
    last = scenario.events[-1]
    found = _differences(stage, scenario, scenario.end, last["id"], time_of(last), in_any_order=True)
    assert not found, _told(scenario, how, found)


def _told(scenario: Scenario, how: str, found: list[str]) -> str:
    return "\n  ".join([f"{scenario.name} ({scenario.title}), {how}:", *found])
