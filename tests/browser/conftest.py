"""The dashboard in a real browser, against the local stack: real processes, HTTP and mail."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect, sync_playwright

from browser.chromium import FLAGS, HOW_TO_GET_IT, find_chromium
from browser.every_page import Busy, make_busy
from browser.person import Person
from local.tools.child_stack import ChildStack

Visit = Callable[..., Person]


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


@pytest.fixture(scope="session")
def busy(stack: ChildStack) -> Busy:
    """An organization for tests that look at pages and change nothing."""
    return make_busy(stack.state, "busy")


@pytest.fixture(scope="session")
def signed_in() -> dict[str, StorageState]:
    """The cookies of each organization's session: a network may sign in 20 times in five minutes."""
    return {}


@pytest.fixture
def visit(chromium: Browser, signed_in: dict[str, StorageState]) -> Iterator[Visit]:
    """Let somebody of an organization come with a browser of their own, signed in.

    Whatever leaves the stack's origin, and whatever a page complains about, fails the test (see `person`).
    """
    people: list[Person] = []

    def come(state: dict[str, Any], **options: Any) -> Person:
        org = str(state["org"])
        if org not in signed_in:
            first = Person(new_context(chromium).new_page(), state)
            first.sign_in()
            expect(first.page).not_to_have_title("Sign in · KeyStack")
            signed_in[org] = first.page.context.storage_state()
            first.page.context.close()
        people.append(Person(new_context(chromium, storage_state=signed_in[org], **options).new_page(), state))
        return people[-1]

    yield come
    for each in people:
        each.check()
        each.page.context.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser of its own for each test."""
    fresh = new_context(chromium)
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


def new_context(chromium: Browser, **options: Any) -> BrowserContext:
    """Open a browser without cookies; `options` are Playwright's of a context."""
    usual = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", "timezone_id": "Europe/Vienna"}
    fresh = chromium.new_context(**{**usual, **options})
    fresh.set_default_timeout(10_000)
    return fresh
