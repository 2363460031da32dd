"""Where everything is: the sections of the menu, by the words of the vendor's guide."""

from typing import NamedTuple


class Entry(NamedTuple):
    title: str
    path: str


class Section(NamedTuple):
    """Entries under a heading; an empty one stands for itself."""

    heading: str
    entries: tuple[Entry, ...]


SECTIONS = (
    Section(
        "",
        (Entry("Home", ""), Entry("Licenses", "/licenses"), Entry("Audit log", "/audit")),
    ),
    Section(
        "Settings › Billing › Stripe",
        (
            Entry("Connect", "/settings/stripe"),
            Entry("Price → plan mapping", "/settings/stripe/mappings"),
            Entry("Plan rules", "/settings/stripe/rules"),
        ),
    ),
    Section("Settings › Webhooks", (Entry("Deliveries", "/settings/webhooks/deliveries"),)),
    Section(
        "Settings",
        (
            Entry("Plans", "/settings/plans"),
            Entry("Branding", "/settings/branding"),
            Entry("API keys", "/settings/api-keys"),
            Entry("Organization", "/settings/organization"),
        ),
    ),
)


def entry_of(path: str) -> str:
    """Name the entry that a page belongs to, by its path: `/settings/plans` for `/settings/plans/pro`."""
    paths = [entry.path for section in SECTIONS for entry in section.entries]
    return max((each for each in paths if path == each or (each and path.startswith(f"{each}/"))), key=len, default="")
