"""Which Chromium the browser tests use, and how it is started."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW_TO_GET_IT = (
    "no Chromium here, so no browser test runs: install one (Debian, Ubuntu: apt install chromium),"
    " or name one with CHROMIUM=/path/to/it"
)
# Nothing but the pages is asked for; and without a sandbox, which containers do not allow.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def find_chromium() -> str | None:
    """Find a Chromium: the one that CHROMIUM names, else one on the PATH."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)
