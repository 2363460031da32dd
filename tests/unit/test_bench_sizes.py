"""What is told of a build's sizes."""

from pathlib import Path

import pytest

from benchmarks.sizes import main, sizes


def test_a_folders_files_are_added_up_whole_and_zipped(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.py").write_bytes(b"a" * 100_000)
    (tmp_path / "inner/b.py").write_bytes(b"b" * 50_000)
    whole, zipped = sizes(tmp_path)
    assert whole == 150_000
    assert 0 < zipped < 2_000


def test_each_function_and_layer_of_a_build_has_its_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ApiFunction").mkdir()
    (tmp_path / "ApiFunction/api.py").write_bytes(b"x" * 1_240_000)
    (tmp_path / "template.yaml").write_text("")
    assert main(tmp_path) == 0
    assert capsys.readouterr().out.splitlines()[2:] == ["| ApiFunction | 1.24 | 0.00 |"]


def test_without_a_build_it_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tmp_path / "nothing") == 1
    assert "run `sam build` first" in capsys.readouterr().err
