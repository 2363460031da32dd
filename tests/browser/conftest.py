"""The dashboard in a real browser, against the local stack: real processes, HTTP and mail."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from browser.chromium import FLAGS, HOW_TO_GET_IT, find_chromium
from browser.person import Person
from local.tools.child_stack import ChildStack


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(HOW_TO_GET_IT)
        pytest.skip(HOW_TO_GET_IT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChildStack]:
    own = {"STRIPE_API_BASE": "", "STRIPE_API_KEY": "", "SMTP_URL": ""}
    with ChildStack(tmp_path_factory.mktemp("stack"), **own) as running:
        yield running


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser of its own for each test. Whatever leaves the stack's origin fails the test (see `person`)."""
    fresh = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="Europe/Vienna")
    fresh.set_default_timeout(10_000)
    yield fresh
    fresh.close()


@pytest.fixture
def person(context: BrowserContext, stack: ChildStack) -> Iterator[Person]:
    """Somebody with the organization's admin key, who is not signed in yet."""
    someone = Person(context.new_page(), stack.state)
    yield someone
    someone.check()


@pytest.fixture
def page(person: Person) -> Page:
    """The page of somebody who is signed in."""
    person.sign_in()
    return person.page
