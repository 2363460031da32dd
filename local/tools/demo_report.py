"""What the demo prints: steps with their times as they happen, then what a vendor sees."""

import time
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

from local.console import bad, bold, dim, good, row, say
from local.stack.pages import LOGO
from local.stripe.purchases import Purchase
from local.tools.api import License
from local.tools.vendor_view import VendorView

SHOWN = {"frozen": bad, "active": good}


class Steps:
    """Counts from its making: the moment before the webhook is sent."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def done(self, what: str) -> None:
        """Print a step with the milliseconds since the start."""
        milliseconds = (time.monotonic() - self._started) * 1000
        say(f"  {good('ok')} {what:<36} {dim(f'{milliseconds:5.0f} ms after the event was sent')}")


def vendor_sees(view: VendorView, bought: Purchase, before: list[License], folder: Path) -> None:
    """Print license, mail, metadata and history of one order."""
    say(f"\n{bold(f'{bought.email}, order {bought.order}')}")
    for was, license in zip(before, view.licenses(bought), strict=True):
        row("license", license.key)
        bought_as = f"{_plan(was)} when bought, " if _plan(was) != _plan(license) else ""
        row("plan", f"{bought_as}{_plan(license)}{' now' if bought_as else ''}")
        status = SHOWN.get(license.status, str)(license.status)
        row("status", f"{was.status} when bought, {status} now{_until(license)}")
    for mail in view.mails(bought.email):
        folder.mkdir(parents=True, exist_ok=True)
        saved = folder / f"mail-{bought.email.partition('@')[0]}.html"
        html = with_logo(mail["html"], view.target.url)
        saved.write_text(html, encoding="utf-8")
        (folder / "mail.html").write_text(html, encoding="utf-8")
        row("mail", f"{mail['subject']!r} from {mail['from']}")
        row("", dim(f"saved as {saved}"))
    row("at Stripe", f"customer {bought.customer}")
    for name, value in sorted(view.metadata(bought.customer).items()):
        row("", f"{name} = {value}")
    for number, entry in enumerate(view.audit(bought)):
        detail = ", ".join(f"{name} {_readable(name, value)}" for name, value in sorted(entry.detail.items()))
        row("" if number else "audit log", f"{_exact(entry.at)}  {entry.action:<18} {dim(detail)}")


def _plan(license: License) -> str:
    return f"{license.plan}, {license.seats} seat{'s' if license.seats > 1 else ''}"


def with_logo(html: str, url: str) -> str:
    """Put the logo into the page: the stack at `url` that serves it is gone when a person opens the file."""
    inline = "data:image/svg+xml;base64," + b64encode(LOGO.encode()).decode()
    return html.replace(f"{url}/local/logo.svg", inline)


def _until(license: License) -> str:
    return "" if license.expires_at is None else f", expires {_time(license.expires_at)}"


def _readable(name: str, value: object) -> object:
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return _time(value) if name.endswith("_at") and isinstance(value, int) else value


def _exact(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _time(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def succeeded(seconds: float) -> None:
    say(f"\n{good('All of it happened')} in {seconds:.0f} s. Try it yourself: make dev, then make buy.")


def failed(why: str, logs: Path, log: Path) -> None:
    """Say what did not happen, and where to look."""
    say(f"\n{bad('Not all of it happened')}: {why}.")
    row("logs", logs)
    row("stack", log)
