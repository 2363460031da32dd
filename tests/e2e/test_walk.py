"""README's guide "With nothing but curl": its own commands, run by bash in their order, and what each block tells."""

import json
import os
import re
import subprocess
from typing import Any

import pytest

from local.settings import ROOT
from local.tools.child_stack import ChildStack

SECTION = "## With nothing but curl\n"
MARK = "==== end of block"
PERMISSIONS = {"Checkout Sessions: Read", "Customers: Write", "Invoices: Read", "Charges and Refunds: Read"}
GRANT = {"plan": "plus", "keys": "per_line", "seats": "plan", "min_quantity": None, "max_quantity": None}
PLUS = {"id": "price_plus_monthly", "grants": [GRANT]}


def blocks() -> list[str]:
    """Cut the guide's code blocks out of the README."""
    section = (ROOT / "README.md").read_text().partition(SECTION)[2].partition("\n## ")[0]
    return re.findall(r"^```\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def told(stack: ChildStack) -> list[list[str]]:
    """Run the guide; return the lines that each block told."""
    script = "".join(f"{block}echo '{MARK}'\n" for block in blocks())
    unset = {"URL", "ORG", "WEBHOOK_SECRET", "STRIPE_API_BASE", "STRIPE_API_KEY", "MAKEFLAGS", "MAKELEVEL"}
    env = {name: value for name, value in os.environ.items() if name not in unset}
    ran = subprocess.run(
        ["/usr/bin/env", "bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env={**env, "STATE_DIR": str(stack.state_dir), "PORT": stack.state["url"].rpartition(":")[2]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    return [block.strip().splitlines() for block in ran.stdout.split(MARK)]


def answers(lines: list[str]) -> list[Any]:
    """Read the lines that are JSON; make's own are not."""
    return [json.loads(line) for line in lines if line.startswith("{")]


def test_the_guide_can_be_followed_with_nothing_but_curl(told: list[list[str]]) -> None:
    _, mapped, connected, bought, refunded, reactivated, canceled, broken, mended, read, rest = map(answers, told)

    plan, mapping, preview = mapped
    assert (plan["code"], mapping, preview["licenses"]) == ("plus", PLUS, 1)

    key, secret = connected
    assert key["stored"]
    assert {each["permission"] for each in key["permissions"] if each["allowed"]} >= PERMISSIONS
    assert secret == {"webhook_secrets": 2}

    found, valid = bought
    license = found["items"][0]
    assert (license["plan"], license["order"]["email"]) == ("plus", "eve@example.com")
    assert license["key"].startswith("TEST-PLUS-")
    assert (valid["valid"], valid["status"], valid["plan"]) == (True, "active", "plus")

    frozen, invalid = refunded
    assert [(hold["kind"], frozen["status"]) for hold in frozen["holds"]] == [("refund", "frozen")]
    assert (invalid["valid"], invalid["status"]) == (False, "frozen")

    lifted, valid = reactivated
    assert (lifted["status"], lifted["holds"]) == ("active", [])
    assert (valid["valid"], valid["status"]) == (True, "active")

    expired, invalid = canceled
    assert expired["status"] == "expired"
    assert expired["expires_at"] is not None
    assert (invalid["valid"], invalid["status"]) == (False, "expired")

    failed = broken[0]["items"][0]
    assert failed["status"] == "failed"
    assert "price price_plus_monthly is not mapped to a plan" in failed["reason"]

    mapping, replayed, minted, delivery = mended
    assert (mapping, replayed) == (PLUS, {"id": failed["id"]})
    assert [(each["plan"], each["status"]) for each in minted["items"]] == [("plus", "active")]
    assert (delivery["status"], delivery["order"]) == ("succeeded", failed["order"])

    of_license, of_mapping = ([entry["action"] for entry in page["items"]] for page in read)
    assert of_license == ["license.expired", "license.reactivated", "license.frozen", "order.created"]
    assert of_mapping == ["mapping.created", "mapping.deleted", "mapping.created"]
    assert rest == []


def test_every_step_of_the_guide_is_introduced_by_a_sentence() -> None:
    section = (ROOT / "README.md").read_text().partition(SECTION)[2].partition("\n## ")[0]
    assert len(blocks()) == section.count("```") // 2 == len(re.findall(r"[.:]\n\n```\n", section))
