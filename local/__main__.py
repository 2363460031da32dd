"""`python -m local`: the local stack, until Ctrl-C."""

import os
import signal
import sys
import threading
import time
from typing import Any

from local.console import bold, dim, row, say
from local.settings import Settings, StartError
from local.stack.runtime import FunctionError
from local.stack.stack import Stack

STOP_SECONDS = 5.0


class _Stop:
    """Handles Ctrl-C and SIGTERM: interrupts the start, or ends the wait. Stopping is bounded: one signal is enough."""

    def __init__(self) -> None:
        self.starting = True
        self.requested = threading.Event()
        signal.signal(signal.SIGINT, self)
        signal.signal(signal.SIGTERM, self)

    def __call__(self, *_: object) -> None:
        first = not self.requested.is_set()
        self.requested.set()
        if first and self.starting:
            raise KeyboardInterrupt


def main() -> int:
    """Run the stack; return 0 after Ctrl-C or SIGTERM, 2 if it could not start."""
    stop = _Stop()
    started = time.monotonic()
    stack: Stack | None = None
    try:
        settings = Settings.read()
        stack = Stack(settings)
        stack.start()
        stop.starting = False
        _greet(stack.state, settings, time.monotonic() - started)
        stop.requested.wait()
        say("stopping")
    except (StartError, FunctionError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        say("stopping")
    finally:
        stop.starting = False
        threading.Thread(target=_exit_soon, daemon=True).start()
        if stack:
            stack.stop()
    return 0


def _greet(state: dict[str, Any], settings: Settings, seconds: float) -> None:
    say(f"{bold('KeyStack is running')} {dim(f'({seconds:.1f} s)')}")
    row("url", state["url"])
    row("webhook", f"{state['url']}/v1/webhooks/stripe/{state['org']}")
    row("dashboard", state["dashboard_url"])
    row("  api key", state["api_key"])
    row("mailbox", state["mailbox_url"])
    row("aws", state["aws_endpoint_url"])
    row("stripe", f"{state['stripe_api_base']}{'' if settings.stripe_api_base else '  (stand-in)'}")
    row("state, logs", settings.state_dir)
    say(dim("  make buy PRICE=price_pro_monthly EMAIL=ada@example.com     Ctrl-C stops it"))


def _exit_soon() -> None:
    time.sleep(STOP_SECONDS)
    os._exit(1)  # the children see their pipes close


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # threads that wait for a reply are not waited for
