"""make bench-init: one process a sample, all in turn; what a handler is given; failures are kept, never skipped."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.init import sampling
from benchmarks.init.lambda_python import CHILD
from benchmarks.init.sampling import Candidate, Sample, SampleError, measure, take_sample


def candidate(name: str, *command: str) -> Candidate:
    return Candidate(name, command, {})


def prints(text: str) -> Candidate:
    return candidate("printing", sys.executable, "-c", f"print({text!r})")


def test_a_sample_is_what_the_process_prints_last() -> None:
    sample = take_sample(prints("a handler's own words\n12.5 3"))
    assert (sample.milliseconds, sample.modules) == (12.5, 3)
    assert sample.with_start > 0


@pytest.mark.parametrize("printed", ["", "soon", "12.5 many"])
def test_a_process_that_prints_no_time_is_a_failure(printed: str) -> None:
    with pytest.raises(SampleError, match="instead of milliseconds"):
        take_sample(prints(printed))


def test_a_program_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="no-python"):
        take_sample(candidate("missing", str(tmp_path / "no-python")))


def test_a_process_that_does_not_end_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "TIMEOUT", 0.1)
    with pytest.raises(SampleError, match="timed out"):
        take_sample(candidate("hanging", sys.executable, "-c", "import time; time.sleep(5); print('1 1')"))


def test_a_process_has_the_candidates_variables_and_none_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "ours")
    told = "import os; print(1, sum(2**n for n, name in enumerate(['STAGE', 'AWS_PROFILE']) if name in os.environ))"
    assert take_sample(Candidate("telling", (sys.executable, "-c", told), {"STAGE": "x"})).modules == 1


def takes(*milliseconds: float) -> tuple[list[str], Callable[[Candidate], Sample]]:
    """A machine on which the processes take these times, in turn; a negative time fails. And who ran."""
    ran: list[str] = []
    times = iter(milliseconds)

    def take(each: Candidate) -> Sample:
        ran.append(each.name)
        time = next(times)
        if time < 0:
            raise SampleError("no memory")
        return Sample(time, time, 0)

    return ran, take


Y, A, B = candidate("y"), candidate("a"), candidate("b")


def test_all_take_turns_with_the_yardstick_between_them_and_the_first_round_does_not_count() -> None:
    ran, take = takes(99, 99, 99, 99, 10, 5, 30, 20, 10)
    yardstick, first, second = measure(Y, [A, B], 1, take)
    assert ran == ["y", *"aybyayby"]
    assert first.ratios == [5 / 20]
    assert second.ratios == [20 / 20]
    assert [each.milliseconds for each in yardstick.taken] == [30, 10]
    assert yardstick.ratio == 1


def test_a_sample_is_compared_with_the_yardsticks_right_before_and_after_it() -> None:
    _, take = takes(1, 1, 10, 5, 30, 60, 10)
    [_, result] = measure(Y, [A], 2, take)
    assert result.ratios == [5 / 20, 60 / 20]


def test_one_that_fails_later_has_no_times_and_is_left_alone() -> None:
    ran, take = takes(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, 1, 1)
    _, first, second = measure(Y, [A, B], 3, take)
    assert ran == ["y", *"aybyaybyaybay"]
    assert len(first.ratios) == 3
    assert (second.taken, second.ratios, second.failure) == ([], [], "no memory")


def test_when_the_yardstick_fails_nothing_is_measured() -> None:
    _, take = takes(1, 1, 1, 1, 1, 1, -1)
    for each in measure(Y, [A], 5, take):
        assert (each.taken, each.ratios, each.failure) == ([], [], "the yardstick failed: no memory")


def test_without_bytecode_each_is_sampled_in_every_third_round() -> None:
    slow = Candidate("slow", (), {}, bytecode=False)
    assert len(measure(Y, [slow], 1, lambda _: Sample(1, 1, 0))[1].taken) == 1
    assert len(measure(Y, [slow], 15, lambda _: Sample(1, 1, 0))[1].taken) == 5


def test_no_rounds_are_no_measurement() -> None:
    with pytest.raises(ValueError, match="SAMPLES"):
        measure(Y, [A], 0)


def child(folder: Path, source: str) -> Candidate:
    (folder / "sold.py").write_text(source)
    return candidate("sold", sys.executable, "-I", "-S", "-B", str(CHILD), "sold.handler", str(folder))


def test_the_child_counts_what_the_handler_imports_and_writes_nothing(tmp_path: Path) -> None:
    sample = take_sample(child(tmp_path, "import colorsys, time\ntime.sleep(0.05)\ndef handler(): ..."))
    assert sample.milliseconds >= 50
    assert sample.modules == 2  # sold and colorsys: time was there
    assert os.listdir(tmp_path) == ["sold.py"]


def test_what_is_beside_the_handler_comes_before_the_standard_library(tmp_path: Path) -> None:
    (tmp_path / "colorsys.py").write_text("OWN = True")
    assert take_sample(child(tmp_path, "from colorsys import OWN\ndef handler(): ...")).modules == 2


def test_the_child_sees_no_package_of_this_environment(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="No module named 'boto3'"):
        take_sample(child(tmp_path, "import boto3\ndef handler(): ..."))


@pytest.mark.parametrize("source", ["1 / 0", "handle = print", "handler = 5"])
def test_an_import_that_fails_has_no_times_but_a_reason(tmp_path: Path, source: str) -> None:
    [_, result] = measure(prints("1 1"), [child(tmp_path, source)], 1)
    assert result.taken == []
    assert "Error: " in result.failure
