"""`python -m local`: the local stack, until Ctrl-C."""

import os
import signal
import sys
import threading
import time

from local.console import bold, dim, row, say
from local.runtime import FunctionError
from local.settings import Settings, StartError
from local.stack import Stack

STOP_SECONDS = 5.0


def main() -> int:
    """Run the stack; return 0 after Ctrl-C or SIGTERM, 2 if it could not start."""
    stopping = threading.Event()

    def stop(*_: object) -> None:
        if stopping.is_set():
            os._exit(130)  # a second Ctrl-C: the children see their pipes close
        stopping.set()

    started = time.monotonic()
    stack: Stack | None = None
    try:
        settings = Settings.read()
        stack = Stack(settings)
        state = stack.start()
    except (StartError, FunctionError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    else:
        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)
        say(f"{bold('KeyStack is running')} {dim(f'({time.monotonic() - started:.1f} s)')}")
        row("url", state["url"])
        row("webhook", f"{state['url']}/v1/webhooks/stripe/{state['org']}")
        row("dashboard", state["dashboard_url"])
        row("mailbox", state["mailbox_url"])
        row("aws", state["aws_endpoint_url"])
        row("stripe", f"{state['stripe_api_base']}{'' if settings.stripe_api_base else '  (stand-in)'}")
        row("state, logs", settings.state_dir)
        say(dim("  make buy PRICE=price_pro_monthly EMAIL=ada@example.com     Ctrl-C stops it"))
        stopping.wait()
        say("stopping")
        return 0
    finally:
        threading.Thread(target=_give_up, daemon=True).start()
        if stack:
            stack.stop()


def _give_up() -> None:
    time.sleep(STOP_SECONDS)
    os._exit(1)  # the children see their pipes close


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # threads that wait for a reply are not waited for
