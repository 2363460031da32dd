"""The handlers, unchanged, connected to whichever world is the present one."""

import contextlib
import importlib
import io
import logging
import sys
import time as real_time
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import stripe
from aws_lambda_powertools.event_handler.api_gateway import BaseRouter
from keystack.fulfillment import mint
from keystack.queues import client as queue_client
from keystack.storage import dynamodb, parameters
from keystack.storage.mappings import existence
from keystack.stripe import client as stripe_client
from template import ROOT

if TYPE_CHECKING:
    from simulation.world import SimulatedWorld

NAMES = ("verifier", "issuer", "freezer", "expirer", "dead_letters", "organizations", "api")
MODULES = {name: importlib.import_module(name) for name in NAMES}
REJECTIONS = importlib.import_module("rejections")
OURS = (str(ROOT / "functions"), str(ROOT / "layers" / "keystack"))
BELOW = str(ROOT / "layers" / "keystack" / "keystack" / "aws")  # what the world takes the place of: its time is real
_SERVICE = "keystack-test"

_present: "SimulatedWorld | None" = None


def world() -> "SimulatedWorld":
    assert _present is not None
    return _present


def enter(entered: "SimulatedWorld") -> None:
    """Make a world the present one; its functions have just started."""
    global _present
    if _present is not entered:
        _present = entered
        cold_start()


def cold_start() -> None:
    """Forget what a process keeps in memory."""
    parameters.forget_all()
    existence.forget_all()
    REJECTIONS.forget_all()


class PowertoolsState:
    """What Powertools keeps of the request that the API is answering. Handlers that run at once share one process here
    and would share it; each gets its own back when its turn comes."""

    def __init__(self) -> None:
        self._router = {name: vars(BaseRouter).get(name) for name in ("current_event", "lambda_context")}
        self._context = dict(MODULES["api"].app.context)

    def restore(self) -> None:
        for name, value in self._router.items():
            setattr(BaseRouter, name, value)
        context = MODULES["api"].app.context
        context.clear()
        context.update(self._context)


class _Time:
    """The present world's clock, in place of the `time` module."""

    def __getattr__(self, name: str) -> Any:
        return getattr(world().clock, name)


class _Stripe(stripe.HTTPClient):
    name = "simulated"

    def request(self, method: str, url: str, headers: Any, post_data: Any = None, **_: Any) -> Any:
        return world().stripe.request(method, url, headers, post_data)

    def _sleep_time_seconds(self, *_: Any, **__: Any) -> float:
        return 0.5

    def close(self) -> None:
        pass


class _Random:
    """In place of the `secrets` module where keys are made: random, and the same for the same world."""

    def randbits(self, bits: int) -> int:
        return world().random_bits(bits)


class _Log(io.TextIOBase):
    def write(self, text: str) -> int:
        if _present is not None:
            _present.log.append(text)
        return len(text)


@contextlib.contextmanager
def connected() -> Iterator[None]:
    """Connect the handlers to the present world while this lasts."""
    global _present
    with contextlib.ExitStack() as stack:

        def replace(module: Any, name: str, value: Any) -> None:
            stack.callback(setattr, module, name, getattr(module, name))
            setattr(module, name, value)

        replace(dynamodb, "client", lambda: world().tables)
        replace(dynamodb, "quick_client", lambda: world().tables)
        replace(parameters, "client", lambda: world().secrets)
        replace(queue_client, "client", lambda: world().queues)
        replace(MODULES["issuer"], "transport_from", lambda *_: world().mail)
        replace(mint, "secrets", _Random())
        replace(stripe, "RequestsClient", lambda **_: _Stripe())
        for name, module in list(sys.modules.items()):
            file = str(getattr(module, "__file__", ""))
            ours = file.startswith(OURS) and not file.startswith(BELOW)
            if (ours or name == "stripe._http_client") and getattr(module, "time", None) is real_time:
                replace(module, "time", _Time())
        stripe_client.stripe_api.cache_clear()
        stack.callback(stripe_client.stripe_api.cache_clear)
        stack.enter_context(warnings.catch_warnings())
        warnings.filterwarnings("ignore", "No application metrics to publish")  # a crash leaves none
        log = _Log()
        for handler in logging.getLogger(_SERVICE).handlers:
            if isinstance(handler, logging.StreamHandler):
                stack.callback(handler.setStream, handler.stream)
                handler.setStream(log)
        stack.enter_context(contextlib.redirect_stdout(log))
        for library in ("stripe", "aws_lambda_powertools"):
            logger = logging.getLogger(library)
            stack.callback(setattr, logger, "disabled", logger.disabled)
            logger.disabled = True
        try:
            yield
        finally:
            _present = None
            cold_start()
