"""make bench-init: what it reads of a build, and that a missing build or, in CI, a missing Node fails."""

import json
from pathlib import Path

import pytest
from template import ROOT

from benchmarks.init import __main__ as bench
from benchmarks.init.functions import ZIP_DATE, BuildError, function_candidates
from benchmarks.init.goals import GOALS
from benchmarks.init.peers import NodeMissingError, node_peer
from benchmarks.init.sampling import Candidate, Sample, Samples

YARDSTICK = Candidate("yardstick", (), {})

TEMPLATE = {
    "Parameters": {"MailTransport": {"Type": "String", "Default": "ses"}},
    "Globals": {
        "Function": {
            "Layers": [{"Ref": "SharedLayer"}],
            "Environment": {"Variables": {"AWS_ENDPOINT_URL": {"Fn::If": ["Other", {"Ref": "Url"}, ""]}, "STAGE": "x"}},
        }
    },
    "Resources": {
        "DeadLettersFunction": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "CodeUri": "DeadLettersFunction",
                "Handler": "dead_letters.handler",
                "Layers": [{"Ref": "OwnLayer"}],
                "Environment": {
                    "Variables": {
                        "STAGE": "prod",
                        "MAIL_TRANSPORT": {"Ref": "MailTransport"},
                        "TABLE": {"Ref": "DeliveriesTable"},
                    }
                },
            },
        },
        "DeliveriesTable": {"Type": "AWS::DynamoDB::Table"},
    },
}


@pytest.fixture
def build(tmp_path: Path) -> Path:
    folder = tmp_path / "build"
    cache = folder / "DeadLettersFunction/__pycache__"
    cache.mkdir(parents=True)
    (cache.parent / "dead_letters.py").write_text("handler = print")
    (cache / "dead_letters.cpython-313.pyc").write_bytes(b"")
    (folder / "template.yaml").write_text(json.dumps(TEMPLATE))
    return folder


def test_each_function_is_measured_as_deployed_and_without_bytecode(build: Path, tmp_path: Path) -> None:
    deployed, without = function_candidates(build, tmp_path / "copies")
    assert (deployed.name, deployed.bytecode) == ("dead_letters", True)
    assert (without.name, without.bytecode) == ("dead_letters", False)
    found = {
        str(path.relative_to(tmp_path / "copies")): path.stat().st_mtime
        for path in (tmp_path / "copies").rglob("dead_letters.*")
    }
    assert found == {
        "deployed/DeadLettersFunction/dead_letters.py": ZIP_DATE,
        "deployed/DeadLettersFunction/__pycache__/dead_letters.cpython-313.pyc": ZIP_DATE,
        "without_bytecode/DeadLettersFunction/dead_letters.py": ZIP_DATE,
    }


def test_the_path_is_lambdas_the_function_its_layers_the_runtime(build: Path, tmp_path: Path) -> None:
    command = function_candidates(build, tmp_path / "copies")[0].command
    root = tmp_path / "copies/deployed"
    assert command[1:4] == ("-I", "-S", "-B")
    assert command[5] == "dead_letters.handler"
    assert command[6:9] == tuple(
        str(root / each) for each in ("DeadLettersFunction", "SharedLayer/python", "OwnLayer/python")
    )
    assert command[9].endswith("/runtime")
    assert len(command) == 10


def test_a_function_has_the_variables_of_production(build: Path, tmp_path: Path) -> None:
    environment = function_candidates(build, tmp_path / "copies")[0].environment
    assert environment["STAGE"] == "prod"
    assert environment["AWS_ENDPOINT_URL"] == ""  # so TLS is part of what is measured
    assert environment["MAIL_TRANSPORT"] == "ses"
    assert environment["TABLE"]
    assert environment["AWS_REGION"]
    assert "AWS_PROFILE" not in environment


def test_a_missing_build_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BuildError):
        function_candidates(tmp_path, tmp_path / "copies")
    monkeypatch.setattr(bench, "BUILD", tmp_path)
    assert bench.main() == 1
    assert "FAILED: " in capsys.readouterr().out


def test_without_node_there_is_nothing_to_compare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NodeMissingError):
        node_peer()


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_without_node_a_run_says_so_and_fails_in_ci(
    ci: str, code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(bench, "function_candidates", lambda *_: [])
    monkeypatch.setattr(bench, "prepare_runtime", lambda: None)
    monkeypatch.setattr(bench, "python_peers", lambda: [YARDSTICK])
    monkeypatch.setattr(bench, "measure", lambda *_: [Samples(YARDSTICK, [Sample(100, 150, 7)], [1.0])])
    monkeypatch.setattr(bench, "failures", lambda _: [])
    assert bench.main() == code
    assert "NOT MEASURED: node" in capsys.readouterr().out


def test_a_run_measures_every_function_and_fails_with_one_that_is_above_its_goal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measure(yardstick: Candidate, candidates: list[Candidate], rounds: int) -> list[Samples]:
        return [Samples(each, [Sample(900, 950, 7)], [9.0]) for each in (yardstick, *candidates)]

    monkeypatch.setattr(bench, "function_candidates", lambda *_: [Candidate(name, (), {}) for name in GOALS])
    monkeypatch.setattr(bench, "prepare_runtime", lambda: None)
    monkeypatch.setattr(bench, "python_peers", lambda: [YARDSTICK])
    monkeypatch.setattr(bench, "node_peer", lambda: Candidate("node", (), {}))
    monkeypatch.setattr(bench, "measure", measure)
    assert bench.main() == 1
    told = capsys.readouterr().out
    assert [f"FAILED: {name}: 9.000 is above" in told for name in GOALS] == [True] * len(GOALS)


def test_the_lock_of_the_node_peer_names_no_address_to_download_from() -> None:
    lock = json.loads((ROOT / "benchmarks/peers/node/package-lock.json").read_text("utf-8"))
    assert len(lock["packages"]) > 3
    assert [name for name, each in lock["packages"].items() if "resolved" in each] == []
    assert all("integrity" in each for name, each in lock["packages"].items() if name)
