"""Several handlers at once: each runs in a thread of its own, only one of them at a time, and stops at every call.

`choose` says who goes on. Threads left to themselves prove nothing; here every schedule can be tried.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Choose = Callable[[Sequence[int], int | None], int]  # of those that could go on, and who did last: who goes on


class Memory(Protocol):
    def restore(self) -> None: ...


@dataclass
class _Process:
    act: Callable[[], object]
    may_go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    ended: bool = False
    error: BaseException | None = None


class Processes:
    """`stops` tells which calls are worth a change of turns; None: nobody else is there.

    `memory` takes what a handler keeps in module-level variables, so that it can be put back.
    """

    def __init__(self, memory: Callable[[], Memory]) -> None:
        self.memory = memory
        self.stops: Callable[[Any], bool] = lambda call: True
        self._mine = threading.local()
        self._stopped = threading.Semaphore(0)

    def turn(self, call: Any) -> None:
        """Let the others go first, if there are others and the scheduler says so."""
        process: _Process | None = getattr(self._mine, "process", None)
        if process is not None and self.stops(call):
            own = self.memory()
            self._stopped.release()
            process.may_go.acquire()
            own.restore()

    def together(self, acts: Sequence[Callable[[], object]], choose: Choose) -> None:
        """Run all of `acts` at once. Raises the first error that one of them ended with."""
        processes = [_Process(act) for act in acts]
        for process in processes:
            threading.Thread(target=self._run, args=(process,), daemon=True).start()
        last = None
        while waiting := [place for place, process in enumerate(processes) if not process.ended]:
            last = choose(waiting, last) if len(waiting) > 1 else waiting[0]
            processes[last].may_go.release()
            self._stopped.acquire()
        for process in processes:
            if process.error:
                raise process.error

    def _run(self, process: _Process) -> None:
        process.may_go.acquire()
        self._mine.process = process
        try:
            process.act()
        except BaseException as error:
            process.error = error
        process.ended = True
        self._stopped.release()


def every_schedule(most: int | None = None) -> Iterator[Choose]:
    """Yield choosers until every schedule has been run once: depth first, each prefix as far as it was last seen.

    `most`: at most so many times is somebody interrupted who could go on.
    """
    path: list[tuple[int, int]] = []  # (taken, of how many)
    while True:
        place = interrupted = 0

        def choose(waiting: Sequence[int], last: int | None) -> int:
            nonlocal place, interrupted
            keeps = most is not None and interrupted >= most and last in waiting
            allowed = [last] if keeps and last is not None else list(waiting)
            if place == len(path):
                path.append((0, len(allowed)))
            taken = allowed[path[place][0]]
            place += 1
            interrupted += last in waiting and taken != last
            return taken

        yield choose
        del path[place:]
        while path and path[-1][0] == path[-1][1] - 1:
            path.pop()
        if not path:
            return
        taken, count = path.pop()
        path.append((taken + 1, count))
