"""`make simulate`: many searched histories, and a table of what was tried; with SEED, one of them as a story.

HISTORIES (10,000) histories from seed FIRST (0) on, a process a core. Exits 0 only if every history converged.
"""

import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from simulation.functions import connected
from simulation.history import History
from simulation.searched import search

SLICE = 25  # histories that a process does before it reports
WIDTH = 40  # characters of the progress bar


@dataclass
class Found:
    """What some histories were made of."""

    histories: int = 0
    done: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    longest: dict[str, tuple[int, int]] = field(default_factory=dict)  # what → (how much, seed)
    failed: dict[int, str] = field(default_factory=dict)  # seed → what did not hold

    def add(self, seed: int, history: History) -> None:
        world = history.world
        self.histories += 1
        self.done += world.done
        self.done["call to the outside"] += len(world.calls.made)
        posted = Counter((org, event["id"]) for org, event in world.accepted)
        self.done["event, accepted"] += len(posted)
        self.done["duplicate, accepted"] += sum(posted.values()) - len(posted)
        self.struck += world.calls.struck
        mails = [mailed.sent for mailed in world.witness.mails.values()]
        self._longest("handler invocations", world.invocations, seed)
        self._longest("faults", sum(world.calls.struck.values()), seed)
        self._longest("mails of one order", max(mails, default=0), seed)
        self._longest("simulated days", int(world.clock.now - 1_790_000_000) // 86_400, seed)

    def join(self, other: "Found") -> None:
        self.histories += other.histories
        self.done += other.done
        self.struck += other.struck
        for what, (count, seed) in other.longest.items():
            self._longest(what, count, seed)
        self.failed |= other.failed

    def _longest(self, what: str, count: int, seed: int) -> None:
        self.longest[what] = max(self.longest.get(what, (0, seed)), (count, seed), key=lambda each: each[0])


def try_some(seeds: range) -> Found:
    found = Found()
    with connected():
        for seed in seeds:
            try:
                found.add(seed, search(seed))
            except Exception as error:
                found.failed[seed] = (str(error) or repr(error)).splitlines()[0]
    return found


def simulate(first: int, count: int) -> int:
    started, found = time.monotonic(), Found()
    slices = [range(start, min(start + SLICE, first + count)) for start in range(first, first + count, SLICE)]
    with ProcessPoolExecutor() as processes:
        for some in processes.map(try_some, slices):
            found.join(some)
            _progress(found.histories + len(found.failed), count)
    _say("")
    _report(found, time.monotonic() - started)
    return 1 if found.failed else 0


def tell(seed: int) -> int:
    """Replay one history and print it as a story."""
    try:
        with connected():
            history = search(seed)
    except Exception as error:
        _say("\n".join(getattr(error, "__notes__", [])))
        _say(f"\nIt does not hold:\n{error or repr(error)}")
        return 1
    _say("\n".join([f"seed {seed}:", *history.story, "", "Everything holds."]))
    return 0


def _progress(done: int, count: int) -> None:
    if sys.stdout.isatty() or done == count or done % (SLICE * 40) == 0:
        bar = "█" * (WIDTH * done // count)
        print(f"\r{bar:░<{WIDTH}} {done:,} of {count:,} histories", end="", flush=True)  # noqa: T201


def _report(found: Found, seconds: float) -> None:
    _say(f"\n{found.histories:,} histories converged, {len(found.failed)} did not, in {seconds:.0f} s.\n")
    for title, counts in (("tried", found.done), ("faults", found.struck)):
        _say(f"{title}:")
        for name, count in sorted(counts.items()):
            _say(f"  {name:<44} {count:>12,}")
        _say(f"  {'':<44} {'=' * 12}\n  {'in all':<44} {sum(counts.values()):>12,}\n" if title == "faults" else "")
    _say("worst cases:")
    for name, (count, seed) in found.longest.items():
        _say(f"  {name:<44} {count:>12,}   seed {seed}")
    for seed, what in sorted(found.failed.items()):
        _say(f"\nFAILED seed {seed}: {what}\n  make simulate SEED={seed}    tells it as a story")


def _say(text: str) -> None:
    print(text)  # noqa: T201


if __name__ == "__main__":
    seed = os.environ.get("SEED", "")
    histories, first = (int(os.environ.get(name) or default) for name, default in (("HISTORIES", 10_000), ("FIRST", 0)))
    sys.exit(tell(int(seed)) if seed else simulate(first, histories))
