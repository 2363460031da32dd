"""One local stack for all end-to-end tests: real processes, HTTP and SMTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.tools.child_stack import ChildStack
from local.tools.vendor_view import VendorView


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChildStack]:
    own = {"STRIPE_API_BASE": "", "STRIPE_API_KEY": "", "SMTP_URL": ""}  # the integration tests set some of them
    with ChildStack(tmp_path_factory.mktemp("stack"), **own) as running:
        yield running


@pytest.fixture(scope="session")
def view(stack: ChildStack) -> VendorView:
    return VendorView(stack.state)


HERE = Path(__file__).parent
_collected: set[Path] = set()  # files of this folder, before `-m` and `-k` choose among their tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let test_calls_and_rights.py run last: it looks at what all the others made the functions do."""
    _collected.update(item.path for item in items)
    items.sort(key=lambda item: item.path.name == "test_calls_and_rights.py")


@pytest.fixture(scope="session")
def all_of_end_to_end(pytestconfig: pytest.Config) -> None:
    """Skip what can only be said after all end-to-end tests, if some were left out by hand."""
    left_out = {path.name for path in set(HERE.glob("test_*.py")) - _collected}
    if left_out or pytestconfig.getoption("keyword"):
        pytest.skip(f"only after all end-to-end tests; left out: {', '.join(sorted(left_out)) or 'by -k'}")
