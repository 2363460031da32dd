"""A second deploy is what then runs, and a deploy of the version before brings it back."""

import pytest

from deploy.conftest import SENDER
from deploy.deployed import Deployed, Json, eventually
from deploy.sam import Sam
from deploy.vendor import Outside, Vendor

pytestmark = pytest.mark.deploy

THANKS = "Thank you for choosing"
MAIL = "layers/keystack/keystack/mail/templates/licenses.txt"


@pytest.fixture(scope="module")
def vendor(first: Deployed, outside: Outside) -> Vendor:
    return Vendor.signed_up(first, outside, "updated")


def test_a_changed_layer_and_a_changed_parameter_are_live_after_the_deploy_and_gone_after_the_one_of_before(
    vendor: Vendor, first: Deployed, sam: Sam
) -> None:
    before = layers_of_all(first)
    assert sold(vendor)["from"] == f'"Acme Inc." <{SENDER}>'
    template = sam.tree / MAIL
    text = template.read_text()
    assert THANKS in text

    template.write_text(text.replace(THANKS, "Many thanks for choosing"))
    sam.build()
    sam.deploy(Stage="dev", MailFrom="new.sender@first.example")

    mail = sold(vendor)
    assert "Many thanks for choosing" in mail["text"]
    assert mail["from"] == '"Acme Inc." <new.sender@first.example>'
    after = layers_of_all(first)
    assert all(before[function] != layers for function, layers in after.items()), "a function still has the old layer"

    template.write_text(text)
    sam.build()
    sam.deploy(Stage="dev", MailFrom=SENDER)

    mail = sold(vendor)
    assert THANKS in mail["text"]
    assert mail["from"] == f'"Acme Inc." <{SENDER}>'


def sold(vendor: Vendor) -> Json:
    """Sell a license and return its mail."""
    bought = vendor.buy()
    mail: Json = eventually(lambda: vendor.mails(bought), f"mail to {bought.email}")[0]
    return mail


def layers_of_all(stack: Deployed) -> dict[str, list[str]]:
    """Return the layers that each function runs with, when its own events invoke it."""
    functions = [name for name in stack.resources if name.endswith("Function")]
    assert len(functions) == 9
    return {name: [each["Arn"] for each in stack.configuration(name)["Layers"]] for name in functions}
