"""Runs each candidate in a new process, all of them in turn, and collects what each import took."""

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter

TIMEOUT = 60  # seconds for one import


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
    failure: str = ""  # the last line that a failing process wrote


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
    candidates: Sequence[Candidate], rounds: int, take: Callable[[Candidate], Sample] = take_sample
) -> list[Samples]:
    """Sample each once in every round, so that a slow moment of the machine meets all; a first round warms up.

    One that fails is left alone from then on and has no times.
    """
    if rounds < 1:
        raise ValueError("at least one round is needed: SAMPLES=15")
    results = [Samples(candidate) for candidate in candidates]
    for number in range(rounds + 1):
        for each in results:
            if each.failure:
                continue
            try:
                sample = take(each.candidate)
            except SampleError as error:
                each.failure, each.taken = str(error), []
                continue
            if number:
                each.taken.append(sample)
    return results
