"""One ministack and one deployed stack for all tests here, with Stripe's stand-in and a mail catcher beside them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.deployed import Deployed
from deploy.emulator import Emulator
from deploy.sam import Sam
from deploy.vendor import Outside
from local.settings import ROOT
from local.stack.mailbox import Mailbox
from local.stripe.server import StripeStandIn

SENDER = "licenses@first.example"
STARTED = pytest.StashKey[bool]()
NOT_SHOWN = """
NOT SHOWN by this emulator, and to be looked at on a real account after a deploy:
  the HTTP API (routes, authorizer, throttles, CORS, access log): functions were invoked with its events instead;
  what Lambda and the scheduler do with a role themselves: reading queues, writing logs, invoking;
  IAM conditions on attributes that are written; alarms (kept; those on metric math never fire);
  caps of concurrency, fair queues, SES, KMS, recovery of tables, CloudFormation's early validation and imports.
docs/operations.md, "What the emulator cannot show", has the command for each.
"""


@pytest.fixture(scope="session", autouse=True)
def no_account_of_ours() -> Iterator[None]:
    """Hide every profile, key and endpoint that the shell has for AWS."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        yield


@pytest.fixture(scope="session")
def state_dir() -> Path:
    directory = ROOT / ".deploy-test"
    directory.mkdir(exist_ok=True)
    return directory


@pytest.fixture(scope="session")
def emulator(state_dir: Path, pytestconfig: pytest.Config) -> Iterator[Emulator]:
    pytestconfig.stash[STARTED] = True
    with Emulator(state_dir) as running:
        yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what a green run does not mean."""
    if config.stash.get(STARTED, False):
        terminalreporter.write_line(NOT_SHOWN)


@pytest.fixture(scope="session")
def outside() -> Iterator[Outside]:
    stripe, mailbox = StripeStandIn(), Mailbox()
    yield Outside(stripe.start(), mailbox.start(), mailbox)
    mailbox.stop()
    stripe.stop()


@pytest.fixture(scope="session")
def sam(emulator: Emulator, outside: Outside) -> Sam:
    """The bundle, built and not yet deployed. Mail goes by SMTP: ministack's SES sends none."""
    sam = Sam(emulator, StripeApiBase=outside.stripe_url, MailTransport="smtp", DeletionProtection="false")
    sam.build()
    return sam


def store_smtp_url(emulator: Emulator, stage: str, outside: Outside) -> None:
    """Store the mail server's address, as the README tells those who send by SMTP."""
    name = f"/keystack/{stage}/smtp-url"
    emulator.client("ssm").put_parameter(Name=name, Value=outside.smtp_url, Type="SecureString")


@pytest.fixture(scope="session")
def first(emulator: Emulator, sam: Sam, outside: Outside) -> Deployed:
    """The stack that `sam deploy` makes by default: keystack-dev."""
    sam.deploy(Stage="dev", MailFrom=SENDER)
    store_smtp_url(emulator, "dev", outside)
    return Deployed(emulator, "keystack-dev")
