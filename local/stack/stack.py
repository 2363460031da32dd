"""Starts the parts of the local stack in order, and stops them in the other."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local.console import note
from local.settings import STAGE, STRIPE_PORT, Settings, StartError, free_port, own_address
from local.stack.aws import Aws, start_moto
from local.stack.children import stop_child
from local.stack.creation import create
from local.stack.functions import Functions
from local.stack.gateway import Gateway
from local.stack.limits import refuse_slow_functions
from local.stack.mailbox import Mailbox
from local.stack.pages import Pages
from local.stack.queues import Poller
from local.stack.schedule import Schedules
from local.stack.seed import seed
from local.stack.specs import StackSpec
from local.state import claim, remove_state, write_state
from local.stripe.samples import put_samples
from local.stripe.server import StripeStandIn
from local.web import Request, Response, Server


class Stack:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._undo: list[Callable[[], object]] = []  # in the order of starting
        self._answer: Callable[[Request], Response] | None = None
        self.state: dict[str, Any] = {}

    def start(self) -> dict[str, Any]:
        """Start everything; return the state. StartError says in one line why it cannot."""
        settings, logs = self._settings, self._settings.state_dir / "logs"
        self._undo.append(claim(settings.state_dir).close)
        remove_state(settings.state_dir)
        logs.mkdir(parents=True, exist_ok=True)
        free_port(settings.host, settings.aws_port, "AWS_PORT")
        free_port(settings.host, settings.port, "PORT")
        server = Server(settings.host, settings.port, self._answer_when_ready)
        self._undo.append(server.server_close)
        url = f"http://{own_address(settings.host)}:{server.port}"

        stripe_api_base = settings.stripe_api_base or self._start_stand_in()
        mailbox = Mailbox(settings.host)
        smtp_url = settings.smtp_url or self._start_mailbox(mailbox)
        with ThreadPoolExecutor() as together:
            starting = together.submit(start_moto, settings.host, settings.aws_port, logs)
            from local.stack.template import Expanded, expand  # a second of imports, while moto does its own

            moto, endpoint = starting.result()
            self._undo.append(lambda: stop_child(moto))
            parameters = _parameters(endpoint, stripe_api_base)
            expanded = Expanded(*expand(settings.root / "template.yaml", parameters), settings.root)
        aws = Aws(endpoint)
        spec = create(aws, expanded, parameters, url)
        refuse_slow_functions(spec.routes, spec.functions)
        aws.ssm.put_parameter(Name=f"/keystack/{STAGE}/smtp-url", Value=smtp_url, Type="SecureString", Overwrite=True)

        functions = Functions(spec.functions, logs)
        self._undo.append(functions.stop)
        functions.start()
        seeded = seed(functions, settings, url)
        schedules = Schedules(spec.schedules, functions)
        pages = Pages(mailbox.mails, settings.smtp_url, schedules, functions, lambda: self.state)
        self._answer = Gateway(spec.routes, functions, pages.answer).answer
        server.start()
        self._undo.append(server.shutdown)
        self._start_feeds(spec, aws, functions, schedules)

        self.state = {
            "url": url,
            "org": seeded.org,
            "webhook_secret": seeded.webhook_secret,
            "api_key": seeded.api_key,
            "dashboard_url": f"{url}/dashboard",
            "mailbox_url": f"{url}/local/mailbox",
            "aws_endpoint_url": endpoint,
            "stripe_api_base": stripe_api_base,
            "smtp_url": smtp_url,
            "tables": spec.tables,
            "queues": spec.queues,
            "pid": os.getpid(),
        }
        self._undo.append(lambda: remove_state(settings.state_dir))
        write_state(settings.state_dir, self.state)
        return self.state

    def stop(self) -> None:
        """Stop whatever was started; may be called at any moment."""
        while self._undo:
            try:
                self._undo.pop()()
            except Exception as error:
                note(f"stopping: {error}", warn=True)

    def _start_stand_in(self) -> str:
        stand_in = self._bind_stand_in()
        put_samples(stand_in.objects)
        self._undo.append(stand_in.stop)
        return stand_in.start()

    def _bind_stand_in(self) -> StripeStandIn:
        host, port = self._settings.host, self._settings.stripe_port
        if port is not None:
            return StripeStandIn(host, free_port(host, port, "STRIPE_PORT") if port else 0)
        try:
            return StripeStandIn(host, STRIPE_PORT)
        except OSError:  # another stack's, most likely
            return StripeStandIn(host)

    def _start_mailbox(self, mailbox: Mailbox) -> str:
        url = mailbox.start()
        self._undo.append(mailbox.stop)
        return url

    def _start_feeds(self, spec: StackSpec, aws: Aws, functions: Functions, schedules: Schedules) -> None:
        for mapping in spec.mappings:
            poller = Poller(mapping, aws, functions)
            self._undo.append(poller.stop)
            poller.start()
        self._undo.append(schedules.stop)
        schedules.start()

    def _answer_when_ready(self, request: Request) -> Response:
        if self._answer is None:
            raise StartError("a request came before the stack was ready")
        return self._answer(request)


def _parameters(endpoint: str, stripe_api_base: str) -> dict[str, str]:
    return {
        "Stage": STAGE,
        "MailTransport": "smtp",
        "MailFrom": "licenses@example.com",
        "DeletionProtection": "false",
        "AwsEndpointUrl": endpoint,
        "StripeApiBase": stripe_api_base,
    }
