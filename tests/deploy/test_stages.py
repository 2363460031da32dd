"""Stages side by side in one account and region, as samconfig.toml offers them; and one stack for one stage."""

import pytest

from deploy.conftest import store_smtp_url
from deploy.deployed import Deployed, eventually
from deploy.emulator import Emulator
from deploy.sam import Sam, SamError
from deploy.vendor import Outside, Vendor

pytestmark = pytest.mark.deploy


@pytest.fixture(scope="module")
def staging(emulator: Emulator, sam: Sam, first: Deployed, outside: Outside) -> Deployed:
    sam.deploy("--config-env", "staging", Stage="staging", MailFrom="licenses@staging.example")
    store_smtp_url(emulator, "staging", outside)
    return Deployed(emulator, "keystack-staging")


def test_a_second_stage_sells_beside_the_first_and_shares_nothing_with_it(
    first: Deployed, staging: Deployed, outside: Outside
) -> None:
    here, there = (Vendor.signed_up(stack, outside, "both") for stack in (first, staging))

    bought = there.buy()

    (mail,) = eventually(lambda: there.mails(bought), f"mail to {bought.email}")
    assert mail["from"] == '"Acme Inc." <licenses@staging.example>'
    assert here.licenses(bought) == []
    shared = set(first.resources.values()) & set(staging.resources.values())
    assert shared <= {"$default"}  # so each API calls its one stage
    here.buy()


def test_a_second_stack_of_a_stage_fails_and_the_deploy_says_why(sam: Sam, first: Deployed, outside: Outside) -> None:
    with pytest.raises(SamError) as failed:
        sam.deploy("--stack-name", "keystack-again", Stage="dev", MailFrom="licenses@again.example")

    (refused,) = [line for line in str(failed.value).splitlines() if line.startswith("CREATE_FAILED")]
    assert "OneStackPerStage" in refused
    assert "already exists" in refused
    Vendor.signed_up(first, outside, "unharmed").buy()
