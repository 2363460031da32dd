"""What each function imports, in a process of its own: nothing heavy that it does not need, and nothing late.

What is put off until the first event is no gain: Lambda gives a function more of a CPU while it starts.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from invocations import sqs_event
from keystack.domain.sessions import write_token
from keystack.storage.mappings.sessions import session_key
from samples import SECRET, purchase, request, sample, stripe_event
from template import ROOT

from integration.aws import message

HEAVY = {"stripe", "requests", "pydantic", "jinja2", "smtplib", "asyncio", "boto3"}
NEEDED = {  # by hand: which of the heavy ones a function may import
    "verifier": set[str](),
    "authorizer": set[str](),
    "dead_letters": set[str](),
    "expirer": {"pydantic"},
    "freezer": {"pydantic"},  # Stripe's library only for a refund whose order is not known: below
    "organizations": {"pydantic"},
    "issuer": {"pydantic", "stripe", "requests", "asyncio", "jinja2", "smtplib"},
    "api": {"pydantic", "asyncio"},
    "dashboard": {"pydantic", "asyncio", "jinja2"},
}

SESSION = "s" * 43
_, ORG, PLACE = session_key("acme", SESSION)
SIGNED_IN = {"pk": {"S": ORG}, "sk": {"S": PLACE}, "expires": {"N": "9999999999"}}

ANSWERS: dict[str, Any] = {
    "DynamoDB_20120810.GetItem": {"Item": {"pk": {"S": "acme"}}},
    "DynamoDB_20120810.BatchGetItem": {"Responses": {"MappingsTable": [SIGNED_IN]}},
    "DynamoDB_20120810.Query": {"Items": []},
    "AmazonSSM.GetParameter": {"Parameter": {"Value": SECRET}},
}


class Aws(BaseHTTPRequestHandler):
    """Knows the organization acme, its signing secret and who is signed in; takes whatever is written or sent."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps(ANSWERS.get(str(self.headers["X-Amz-Target"]), {})).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def aws_url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Aws)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


CHILD = """
import json, sys
sys.path[:0] = [ROOT + "/tests"]
import environment
from invocations import Context
sys.path.insert(0, ROOT + "/functions/" + NAME)
module = __import__(NAME)
before = set(sys.modules)
answers = [module.handler(event, Context()) for event in EVENTS]
print(json.dumps({"before": sorted(before), "late": sorted(set(sys.modules) - before), "answers": answers}))
"""


def run(name: str, aws_url: str, *events: Any) -> Any:
    """Import a function in a new process, hand it events, and tell which modules it had before and got by them."""
    code = f"ROOT, NAME, EVENTS = {str(ROOT)!r}, {name!r}, __import__('json').loads({json.dumps(events)!r})\n{CHILD}"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "layers/keystack"), "AWS_ENDPOINT_URL": aws_url}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def packages(modules: list[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


@pytest.mark.parametrize("name", NEEDED)
def test_nothing_heavy_is_imported_that_is_not_needed(name: str, aws_url: str) -> None:
    assert packages(run(name, aws_url)["before"]) & HEAVY == NEEDED[name]


def test_every_function_is_looked_at() -> None:
    assert set(NEEDED) == {folder.name for folder in (ROOT / "functions").iterdir() if folder.is_dir()}


TAKEN, IGNORED = purchase(1), {"id": "evt_2", "type": "x.y", "object": "event"}
REFUND = stripe_event("freezer.refund_full", invoice=None)


def page(path: str) -> Any:
    """Ask for a page of the dashboard, signed in."""
    asked = sample("dashboard.sign_in")
    asked["requestContext"]["http"]["path"] = asked["rawPath"] = f"/dashboard{path}"
    return {**asked, "cookies": [f"__Host-keystack={write_token('acme', None, SESSION)}"]}


PAGES = ("", "/licenses", "/audit", "/settings/webhooks/deliveries", "/settings/plans", "/settings/organization")
FIRST_EVENTS = {
    "verifier": [request(TAKEN), request(IGNORED), request(TAKEN, header="t=1,v1=x")],
    "authorizer": [{"identitySource": ["Bearer ks_acme_1_secret"]}],
    "dead_letters": [sqs_event(message("acme", TAKEN), queue="IssueDeadLetterQueue")],
    "expirer": [
        sample("expirer.schedule"),
        sqs_event(message("acme", stripe_event("expirer.subscription_deleted")), queue="ExpireQueue"),
    ],
    "dashboard": [sample("dashboard.sign_in"), *map(page, PAGES)],
}


@pytest.mark.parametrize("name", FIRST_EVENTS)
def test_the_first_events_import_nothing_more(name: str, aws_url: str) -> None:
    told = run(name, aws_url, *FIRST_EVENTS[name])
    assert told["late"] == []


def test_what_the_first_events_were_answered(aws_url: str) -> None:
    assert [each["statusCode"] for each in run("verifier", aws_url, *FIRST_EVENTS["verifier"])["answers"]] == [
        200,
        200,
        400,
    ]
    assert run("dead_letters", aws_url, *FIRST_EVENTS["dead_letters"])["answers"] == [{"batchItemFailures": []}]
    shown = run("dashboard", aws_url, *FIRST_EVENTS["dashboard"])["answers"]
    assert [each["statusCode"] for each in shown] == [200] * (1 + len(PAGES))
    assert "<h1>Home</h1>" in shown[1]["body"]
    swept, ended = run("expirer", aws_url, *FIRST_EVENTS["expirer"])["answers"]
    assert (swept, ended) == ({"recorded": 0}, {"batchItemFailures": []})


def test_stripes_library_is_imported_when_stripe_is_asked_and_not_before(aws_url: str) -> None:
    told = run("freezer", aws_url, sqs_event(message("acme", REFUND), queue="FreezeQueue"))
    assert "stripe" in packages(told["late"])
