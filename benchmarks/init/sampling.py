"""Runs each candidate in a new process, all of them in turn, and the yardstick before and after each.

A sample is compared with the mean of the two yardsticks around it: a machine with company gets slower and faster by the
second, and docs/performance.md says how much steadier this is than comparing medians.
"""

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

TIMEOUT = 60  # seconds for one import
ROUNDS_A_SAMPLE_WITHOUT_BYTECODE = 3  # nothing is judged by it, and it takes long


@dataclass(frozen=True)
class Candidate:
    """What is measured: a command that prints the milliseconds of an import and how many modules it loaded."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    bytecode: bool = True


@dataclass(frozen=True)
class Sample:
    """What one process told."""

    milliseconds: float
    with_start: float  # ms, from the start of the process to its end
    modules: int


@dataclass
class Samples:
    """What the processes of one candidate told."""

    candidate: Candidate
    taken: list[Sample] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)  # of each sample to the yardsticks around it
    failure: str = ""  # the last line that a failing process wrote

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return median(self.ratios)

    def fail(self, reason: str) -> None:
        """Forget the times: what fails now and then is no measurement."""
        self.taken, self.ratios, self.failure = [], [], reason


class SampleError(Exception):
    """A process failed; the message is the last line that it wrote."""


def take_sample(candidate: Candidate) -> Sample:
    """Run one process. Raises SampleError."""
    began = perf_counter()
    try:
        done = subprocess.run(
            candidate.command,
            env=candidate.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SampleError(str(error)) from error
    with_start = (perf_counter() - began) * 1000
    if done.returncode:
        raise SampleError((done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1])
    try:
        milliseconds, modules = done.stdout.split()[-2:]
        return Sample(float(milliseconds), with_start, int(modules))
    except ValueError:
        raise SampleError(f"printed {done.stdout[-80:]!r} instead of milliseconds and modules") from None


def measure(
    yardstick: Candidate,
    candidates: Sequence[Candidate],
    rounds: int,
    take: Callable[[Candidate], Sample] = take_sample,
) -> list[Samples]:
    """Sample each candidate once in every round, after one that warms up; return the yardstick's samples first.

    One that fails is left alone from then on and has no times; if it is the yardstick, nothing has.
    """
    if rounds < 1:
        raise ValueError("at least one round is needed: SAMPLES=15")
    known, results = Samples(yardstick), [Samples(candidate) for candidate in candidates]
    try:
        before = take(yardstick)
        for number in range(rounds + 1):
            for each in results:
                if each.failure or not _is_due(each.candidate, number):
                    continue
                try:
                    sample = take(each.candidate)
                except SampleError as error:
                    each.fail(str(error))
                    continue
                after = take(yardstick)
                if number:
                    _add(each, sample, (before.milliseconds + after.milliseconds) / 2)
                    _add(known, after, after.milliseconds)
                before = after
    except SampleError as error:
        for each in (known, *results):
            each.fail(f"the yardstick failed: {error}")
    return [known, *results]


def _is_due(candidate: Candidate, number: int) -> bool:
    return candidate.bytecode or number % ROUNDS_A_SAMPLE_WITHOUT_BYTECODE == 1


def _add(samples: Samples, sample: Sample, yardstick: float) -> None:
    samples.taken.append(sample)
    samples.ratios.append(sample.milliseconds / yardstick)
