"""Reads docs/architecture.md: its sections, and which files each of the ten changes touches."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers/keystack/keystack"
TEXT = (ROOT / "docs/architecture.md").read_text("utf-8")


def section(title: str, mark: str = "##") -> str:
    """Return what stands under a heading, up to the next one of its rank."""
    _, _, rest = TEXT.partition(f"\n{mark} {title}\n")
    return rest.partition(f"\n{mark} ")[0]


CHANGES = {
    title: section(title, "###")
    for title in re.findall(r"^### (.+)$", section("Where do I add or change ..."), re.MULTILINE)
}


def place_of(path: str) -> Path:
    """Find a path of the document: inside the package, unless it is one of the repository's."""
    inside = PACKAGE / path
    return inside if inside.exists() else ROOT / path


def files_of(change: str) -> list[str]:
    """Name the files that a change touches: they stand before the colon."""
    touched = re.findall(r"^- ([^:]+):", CHANGES[change], re.MULTILINE)
    return [path for each in touched for path in re.findall(r"`([\w/]+\.(?:py|yaml))`", each)]
