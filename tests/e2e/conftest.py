"""One local stack for all end-to-end tests: real processes, HTTP and SMTP."""

from collections.abc import Iterator

import pytest

from local.child_stack import ChildStack
from local.vendor_view import VendorView


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChildStack]:
    own = {"STRIPE_API_BASE": "", "STRIPE_API_KEY": "", "SMTP_URL": ""}  # the integration tests set some of them
    with ChildStack(tmp_path_factory.mktemp("stack"), **own) as running:
        yield running


@pytest.fixture(scope="session")
def view(stack: ChildStack) -> VendorView:
    return VendorView(stack.state)
