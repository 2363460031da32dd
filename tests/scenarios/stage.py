"""Where scenarios are played: the handlers with moto, the stand-in for Stripe, and a clock that stands."""

import json
from collections.abc import Callable
from typing import Any

import verifier
from integration.aws import function
from integration.clock import Clock
from integration.stand_ins import Mails, Stripe, error
from integration.vendor_api import Answer, VendorApi
from integration.world import QUEUES, Crash, World
from invocations import Context, sqs_event
from keystack.storage import parameters, secrets
from keystack.storage.mappings import existence
from keystack.stripe import client
from keystack.stripe.event_routing import queue_of
from samples import request

from scenarios.accounts import Account, Waiting
from scenarios.outside import Death, Outside
from scenarios.scenario import BEGINNING, Json, Scenario

WORKER_OF = {queue: worker for worker, queue in QUEUES.items()}
ATTEMPTS = 12
RETRY = 700  # seconds: longer than any wait between two attempts, a lease and a visibility timeout
STRIPES_RETRY = 3_600
RIGHTS = {"/v1/subscriptions": "rak_subscription_read", "/v1/disputes": "rak_dispute_read"}
NO_RIGHT = (
    "The provided key does not have the permissions for this endpoint. Having the '{}' permission would allow it."
)

Configured = tuple[str, Any]  # an API key; what tables and secrets hold


class Stage:
    def __init__(self, account: Account, stripe: Stripe, mails: Mails, clock: Clock, outside: Outside) -> None:
        self.account, self.stripe, self.mails, self.clock, self.outside = account, stripe, mails, clock, outside
        self.api = VendorApi()
        self.keys: list[str] = []
        self._world = World(stripe, mails)
        self._left: list[Waiting] = []
        self._comes_back_late, self._behind = False, 0

    def begin(
        self, scenario: Scenario, answers: Json, death: Death | None = None, late: bool = False, behind: int = 0
    ) -> None:
        """Set up a new world for a scenario, in which Stripe answers `answers`.

        `death`: where a process dies; its message comes back after a while or, if `late`, at the very end. `behind`: so
        many seconds our clock is behind Stripe's.
        """
        self.clock.stand(BEGINNING)
        self._restart()
        key, kept = self._configured(scenario)
        self.account.restore(kept)
        self.api = VendorApi(key)
        self.stripe.reset()
        self.stripe.says(json.loads(json.dumps(answers)))
        for path in scenario.refused:
            self.stripe.fails("GET", path, error(403, NO_RIGHT.format(RIGHTS[path])))
        self.mails.sent.clear()
        self.keys, self._left, self._comes_back_late = [], [], late
        self._behind = behind
        self.outside.start(death)

    def arrive(self, event: Json, at: int) -> None:
        """Let Stripe send an event, not before `at`, until it is taken; then the workers work until nothing waits."""
        self.clock.stand(max(at - self._behind, self.clock.now()))
        body = json.dumps(event).encode()
        for _ in range(ATTEMPTS):
            answer = self._living(lambda: verifier.handler(request(body), Context()))
            if answer and answer["statusCode"] < 500:
                break
            self.clock.forward(STRIPES_RETRY)
        else:
            raise AssertionError(f"the verifier never takes {event['id']}")
        waiting = self.account.take()
        queue = queue_of(event)
        assert {each.queue for each in waiting} == ({f"{str(queue).title()}Queue"} if queue else set())
        self.work(waiting)

    def call(self, text: str) -> Answer:
        """Make a call of the API, as `POST /v1/licenses/{id}/revoke`, where {id} is the only license's."""
        method, _, path = text.partition(" ")
        if "{id}" in path:
            [license] = self.api.get("/v1/licenses").json["items"]
            path = path.replace("{id}", license["id"])
        answer = self.api.call(method, path)
        assert answer.status < 300, f"{text}: {answer.text}"
        self.work(self.account.take())
        return answer

    def come_back(self) -> None:
        """Let come back what a process left when it died."""
        left, self._left = self._left, []
        self.work(left)

    def work(self, waiting: list[Waiting]) -> None:
        """Let the workers work at these messages, and at what they bring, until nothing waits."""
        for attempt in range(1, ATTEMPTS):
            again = [each for each in waiting if not self._done(each, attempt)]
            if again:
                self.clock.forward(RETRY)
            waiting = again + self.account.take()
        assert not waiting, f"never done: {[each.event for each in waiting]}"
        self._look_at_keys()

    # ------------------------------------------------------------- processes

    def _done(self, message: Waiting, attempt: int) -> bool:
        """Hand a message to its worker; tell whether it may be deleted."""
        shaped = sqs_event(message.body, queue=message.queue, received=attempt)
        context = Context(aws_request_id=f"request-{self.outside.calls}-{attempt}")
        answer = self._living(lambda: function(WORKER_OF[message.queue]).handler(shaped, context))
        if answer is None and self._comes_back_late:
            self._left.append(message)
            return True
        return answer is not None and not answer["batchItemFailures"]

    def _living(self, invoke: Callable[[], Any]) -> Any:
        """Run a process; None if it died, and the next one starts anew."""
        try:
            with self.outside.watched():
                return invoke()
        except Crash:
            self._restart()
            return None

    def _restart(self) -> None:
        parameters.forget_all()
        existence.forget_all()
        function("rejections").forget_all()
        client.stripe_api.cache_clear()

    # ---------------------------------------------------------------- inside

    def _look_at_keys(self) -> None:
        """See to it that no key ever goes or changes."""
        now = self.account.keys()
        assert set(self.keys) <= set(now), "a key is gone"
        self.keys += [key for key in now if key not in self.keys]

    def _configured(self, scenario: Scenario) -> Configured:
        """Configure the organization; the tables are kept for the next scenario of the same."""
        kept = _CONFIGURED.get(
            identity := f"{self.account.name} {scenario.catalogue.name} {sorted(scenario.settings.items())}"
        )
        if kept is None:
            self.account.empty()
            answer = self._world.configure(**scenario.catalogue.as_configuration(), **scenario.settings)
            assert "api_key" in answer, answer
            secrets.store("smtp-url", "smtp://127.0.0.1:1025")
            kept = _CONFIGURED[identity] = answer["api_key"], self.account.kept()
        return kept


_CONFIGURED: dict[str, Configured] = {}
