"""The whole made-up world, and the verbs of a history."""

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from invocations import Context, sqs_record
from keystack.errors import KeystackError
from samples import sample, signature

from simulation import functions
from simulation.calls import Calls, Crash, no_fault
from simulation.clock import Clock
from simulation.outside import MailServer, SecretStore, StripeSide
from simulation.prices import MAPPED_LATE, mapped_at_first, mapping
from simulation.processes import Choose, Processes
from simulation.queues import Queues
from simulation.stripe_account import changes, checkout, money, renewals
from simulation.stripe_account.account import FIRST_GUIDE, Account
from simulation.stripe_account.objects import NEW, Charge, Json, Purchase
from simulation.tables import Tables
from simulation.truth.people import Decided, Policy
from simulation.witness import Witness

ORGS = ("acme", "zeta")  # of one shape and with the same ids at Stripe, so that a mix-up shows
POLICIES = {"acme": Policy(), "zeta": Policy(freezes_on_partial=True, freezes_on_paused_collection=True)}
WORKERS = {
    "IssueQueue": "issuer",
    "FreezeQueue": "freezer",
    "ExpireQueue": "expirer",
    "IssueDeadLetterQueue": "dead_letters",
    "FreezeDeadLetterQueue": "dead_letters",
    "ExpireDeadLetterQueue": "dead_letters",
}
TIMEOUT = 60  # seconds that a function may take
STRIPE_WAITS = 3_600  # seconds until it sends again what was not taken
SWEPT_WITHIN = 20 * 86_400  # seconds in which the schedule goes well once: it looks a month back
ENOUGH = 500  # invocations until the queues are dry; more is an endless retry


class SimulatedWorld:
    def __init__(
        self,
        seed: int = 0,
        version: str = NEW,
        hears: frozenset[str] = FIRST_GUIDE,
        tables: Callable[[Calls], Tables] = Tables,
    ) -> None:
        """`version` is that of Stripe's API; `hears`: the types of events that the vendor's endpoint is sent."""
        self.random = random.Random(seed)  # noqa: S311 - a world, no secret
        self.clock = Clock()
        self.processes = Processes(functions.PowertoolsState)
        self.calls = Calls(self.processes, self.clock)
        self.tables = tables(self.calls)
        self.queues = Queues(self.calls, self.clock)
        self.accounts = {org: Account(org, self.clock, version, hears) for org in ORGS}
        keys = {f"rk_{mode}_{org}": self.accounts[org].objects for org in ORGS for mode in ("test", "live")}
        self.stripe = StripeSide(self.calls, keys)
        self.secrets = SecretStore(self.calls)
        self.mail = MailServer(self.calls)
        self.log: list[str] = []
        self.accepted: list[tuple[str, Json]] = []  # events answered with 2xx
        self.unsent: list[tuple[str, Json]] = []  # those that Stripe will send again
        self.decided: dict[tuple[str, str], Decided] = {}  # by organization and license id
        self.unanswered: list[tuple[Purchase, int]] = []  # requests that the vendor's backend will repeat
        self.unmapped = {(org, price) for org in ORGS for price in MAPPED_LATE}
        self.done: Counter[str] = Counter()  # what was tried, for the report
        self.invocations = 0
        self.bits: list[int] = []  # of keys made by earlier invocations
        self.new_bits: list[int] = []
        self.collisions = 0.0  # how often a random key is no new one
        self.witness = Witness(self)
        functions.enter(self)
        self._configure(anew=tables is not Tables)
        self.tables.witness = self.witness.wrote
        self.mail.witness = self.witness.mailed
        self.calls.on_fault = self.witness.fault

    # ---------------------------------------------------------- configuring

    def _configure(self, anew: bool) -> None:
        if anew:
            _organizations()
        else:
            items, secrets = _configured()
            self.tables.items.update(items)
            self.secrets.kept.update(secrets)

    def map_late(self, price: str, org: str = "acme") -> None:
        """Let the vendor map a price that was forgotten."""
        self.organization(org, mappings={price: mapping(price)})
        self.unmapped.discard((org, price))

    def organization(self, org: str, **settings: Any) -> Any:
        self.done["configured"] += 1
        return self._invoke("organizations", {"org": org, **settings}, faulty=False)

    def rotate(self, org: str, *secrets: str) -> None:
        """Store other webhook secrets; Stripe signs with the first."""
        self.done["secret rotated"] += 1
        self.secrets.kept[f"/keystack/test/webhook-secret/{org}"] = ",".join(secrets)

    # --------------------------------------------------------------- buying

    def buy(
        self,
        *lines: str | tuple[str, int],
        org: str = "acme",
        email: str | None = "ada@example.com",
        customer: str | None = "cus_ada",
        livemode: bool = False,
        **terms: Any,
    ) -> Purchase:
        """Let somebody check out prices (or prices and quantities); tells nobody yet. `terms`: free, trial."""
        carts = [(line, 1) if isinstance(line, str) else line for line in lines or ("price_pro_monthly",)]
        mode = "live" if livemode else "test"
        in_mode = f"{customer}_{mode}" if customer else None  # Stripe has no Customer in both modes
        account = self.accounts[org]
        return checkout.buy(account, *carts, email=email, customer=in_mode, livemode=livemode, **terms)

    # What follows happens at Stripe, and gives the event that it is about; the modules of stripe_account give them all.

    def completed(self, purchase: Purchase, payment_status: str = "paid") -> Json:
        return checkout.completed(self.accounts[purchase.org], purchase, payment_status)[0]

    def async_succeeded(self, purchase: Purchase) -> Json:
        return checkout.async_succeeded(self.accounts[purchase.org], purchase)[0]

    def refund(self, purchase: Purchase, amount: int | None = None, charge: Charge | None = None) -> Json:
        charge = charge or purchase.charges[0]
        given = charge.left if amount is None else amount
        return money.refund(self.accounts[purchase.org], purchase, charge, given)[0]

    def deleted(self, purchase: Purchase) -> Json:
        return changes.ended(self.accounts[purchase.org], purchase)[0]

    def deleted_unpaid(self, purchase: Purchase) -> Json:
        """Let a period begin that is never paid, and Stripe end the subscription."""
        account = self.accounts[purchase.org]
        self.clock.now = renewals.subscription_of(purchase).period_end
        renewals.begins(account, purchase)
        renewals.failed(account, purchase)
        self.clock.now += 86_400
        return changes.ended(account, purchase, "payment_failed")[0]

    # ----------------------------------------------------- at the webhook

    def post(self, *events: Json, org: str = "acme", secret: str | None = None) -> int:
        """Let Stripe send events, signed; returns the last status. What is not taken is sent again one day."""
        status = 0
        for event in events:
            status = self.request(json.dumps(event).encode(), org=org, secret=secret)
            self.done[f"posted: {status}"] += 1
            if 200 <= status < 300:
                self.accepted.append((org, event))
            elif secret is None:
                self.unsent.append((org, event))
        return status

    def request(self, body: bytes, org: str = "acme", secret: str | None = None, header: str | None = None) -> int:
        """Send any request to the webhook; returns the status."""
        known = self.secrets.kept.get(f"/keystack/test/webhook-secret/{org}", "").split(",")[0]
        shaped = _request()
        shaped["pathParameters"] = {"org": org}
        shaped["headers"]["stripe-signature"] = (
            signature(body, secret or known, self.clock.now) if header is None else header
        )
        shaped["body"], shaped["isBase64Encoded"] = body.decode("utf-8", "surrogateescape"), False
        answer = self._invoke("verifier", shaped)
        return int(answer["statusCode"]) if isinstance(answer, Mapping) else 500

    # ------------------------------------------------------------ at work

    def work(self, queue: str, most: int | None = None) -> bool:
        """Let a worker take one batch (of `most` messages) from its queue; False if there was none."""
        batch = self.queues.receive(queue, most)
        if not batch:
            return False
        event = {"Records": [sqs_record(message.body, message.id, queue, message.received) for message in batch]}
        answer = self._invoke(WORKERS[queue], event)
        if isinstance(answer, Mapping):
            again = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
            self.queues.delete(queue, [message.id for message in batch if message.id not in again])
        return True

    def work_together(self, *acts: str | Callable[[], object], choose: Choose) -> None:
        """Let several run at once, their calls in the order that `choose` says: a queue's worker, with one message."""
        together = [partial(self.work, act, most=1) if isinstance(act, str) else act for act in acts]
        self.processes.together(together, choose)

    def work_off(self, *queues: str) -> None:
        """Let the queues run dry; time passes where a message waits."""
        for _ in range(ENOUGH):
            worked = [self.work(queue) for queue in queues or WORKERS]
            if not any(worked):
                at = self.queues.next_visible(queues or WORKERS)
                if at is None:
                    return
                self.clock.now = max(self.clock.now, at)
        raise AssertionError(f"{ENOUGH} invocations, and still there are messages: an endless retry")

    def wait_until(self, moment: float) -> None:
        """Let time pass. The schedule runs all the time, so in some weeks it goes well once."""
        while self.clock.now + SWEPT_WITHIN < moment:
            self.clock.now += SWEPT_WITHIN
            self._invoke("expirer", sample("expirer.schedule"), faulty=False)
        self.clock.now = max(self.clock.now, moment)

    def sweep(self) -> None:
        self._invoke("expirer", sample("expirer.schedule"))

    # -------------------------------------------------------------- people

    def decide(self, verb: str, license: str, org: str = "acme", by: str = "ada") -> bool:
        """Freeze, reactivate or revoke a license; False if its state does not allow it or the process dies."""
        before = {entry["id"] for entry in self.audit(org)}
        status = self.call(org, by, f"/v1/licenses/{license}/{verb}")
        told = [entry["detail"] for entry in self.audit(org) if entry["id"] not in before]
        if told and 400 <= status < 500:
            self.witness.violated(f"{verb} of {license} was refused with {status}, and happened")
        decided = self.decided.setdefault((org, license), Decided())
        for detail in told:  # what was written counts, whatever the person was answered
            decided.held |= {detail["hold"]} if "hold" in detail else set()
            decided.lifted |= set(detail.get("holds", ()))
            decided.revoked = decided.revoked or verb == "revoke"
        self.done[f"person: {verb}"] += 1
        return bool(told)

    def issue(self, purchase: Purchase, quantity: int = 2) -> bool:
        """Let the vendor's own backend issue the licenses of a test purchase; False if it is told to come again."""
        purchase.asked = quantity
        known = {
            "checkout_session": purchase.order,
            "payment_intent": purchase.own_charge.payment_intent if purchase.own_charge else None,
            "subscription": purchase.subscription.id if purchase.subscription else None,
            "invoice": purchase.invoices[0].id if purchase.invoices else None,
            "customer": purchase.customer,
        }
        email = purchase.email or "ada@example.com"
        asked = {"plan": "lifetime", "email": email, "quantity": quantity, "stripe": known}
        self.done["issued by the API"] += 1
        status = self.call(purchase.org, "backend", "/v1/issue", asked, {"idempotency-key": purchase.order})
        if status not in (200, 201):
            self.unanswered.append((purchase, quantity))
        return status in (200, 201)

    def replay(self, event: str, org: str = "acme") -> bool:
        done = self.call(org, "ada", f"/v1/deliveries/{event}/replay") == 202
        self.done["replay"] += done
        return done

    def call(self, org: str, by: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> int:
        """Let the API answer a POST that its authorizer has let in; the status, 0 if the process died."""
        event = _api_request()
        event |= {"rawPath": path, "headers": {**event["headers"], **(headers or {})}, "body": json.dumps(body or {})}
        event["headers"]["content-type"] = "application/json"
        event["requestContext"]["http"] |= {"method": "POST", "path": path}
        event["requestContext"]["authorizer"]["lambda"] |= {"org": org, "key_id": by, "key_name": by}
        answer = self._invoke("api", event)
        return int(answer["statusCode"]) if answer else 0

    # ------------------------------------------------------------- the end

    def settle(self) -> None:
        """Let the faults end, the queues run dry, and a person mend and replay what failed."""
        self.calls.choose = no_fault
        self.stripe.denied.clear()
        self.mail.refuses = False
        for org, price in sorted(self.unmapped):
            self.map_late(price, org)
        for _ in range(4):
            waiting, self.unsent = self.unsent, []
            self.clock.now += STRIPE_WAITS
            for org, event in waiting:
                self.post(event, org=org)
            asked, self.unanswered = self.unanswered, []
            for purchase, quantity in asked:
                self.issue(purchase, quantity)
            self.work_off()
            failed = [
                (each["org"], each["event"]) for each in self.items("DeliveriesTable") if each["status"] == "failed"
            ]
            if not failed and not self.unsent and not self.unanswered:
                break
            for org, event in failed:
                self.replay(event, org)
        self.clock.now += 900
        self.sweep()

    # --------------------------------------------------------------- looking

    def items(self, table: str) -> list[dict[str, Any]]:
        """Everything in a table, as plain values."""
        return [self.tables.plain(item) for key, item in self.tables.items.items() if key[0] == table]

    def licenses(self, org: str, order: str) -> list[dict[str, Any]]:
        pk = f"{org}#{order}"
        return [item for item in self.items("LicensesTable") if item["pk"] == pk and item["sk"].startswith("LICENSE#")]

    def audit(self, org: str) -> list[dict[str, Any]]:
        entries = (item for item in self.items("AuditTable") if item["pk"].startswith(f"{org}#2"))  # of a month
        return sorted(entries, key=lambda item: item["sk"])

    def days(self, org: str) -> list[dict[str, Any]]:
        """The numbers of each day and mode."""
        return [item for item in self.items("AuditTable") if item["pk"].startswith(f"{org}#days#")]

    # --------------------------------------------------------------- inside

    def random_bits(self, bits: int) -> int:
        """Now and then those of an earlier key, which then collides; never twice at once."""
        if self.bits and self.random.random() < self.collisions:
            return self.bits.pop(0)
        self.new_bits.append(self.random.getrandbits(bits))
        return self.new_bits[-1]

    def _begins(self, name: str) -> None:
        functions.enter(self)
        self.bits, self.new_bits = self.bits + self.new_bits, []
        self.calls.act_as(name)
        self.witness.invocation_begins(name)

    def _ends(self) -> None:
        self.calls.act_as(None)
        self.witness.invocation_ends()

    def _invoke(self, name: str, event: Any, faulty: bool = True) -> Any:
        """Invoke a handler as Lambda does. None if it crashed or raised."""
        self._begins(name)
        self.invocations += 1
        self.done[f"invoked: {name}"] += 1
        ends_at = self.clock.now + TIMEOUT
        context = Context(
            aws_request_id=f"request-{self.invocations}", remaining=lambda: int((ends_at - self.clock.now) * 1000)
        )
        choose, self.calls.choose = self.calls.choose, self.calls.choose if faulty else no_fault
        try:
            return functions.MODULES[name].handler(event, context)
        except Crash:
            functions.cold_start()
            return None
        except KeystackError as error:
            self.witness.failed(name, error)
            return None
        finally:
            self.calls.choose = choose
            self._ends()


def _request() -> Json:
    shaped: Json = json.loads(_request_text())
    return shaped


@cache
def _request_text() -> str:
    return json.dumps(sample("verifier"))


def _api_request() -> Json:
    shaped: Json = json.loads(_api_request_text())
    return shaped


@cache
def _api_request_text() -> str:
    shaped = sample("api")
    del shaped["queryStringParameters"]
    return json.dumps({**shaped, "rawQueryString": ""})


def _organizations() -> None:
    """Set up the organizations in the present world."""
    for org in ORGS:
        known = sample("organizations")
        settings = {
            **known,
            "org": org,
            "mappings": {**known["mappings"], **mapped_at_first()},
            "freeze_on_partial_refund": POLICIES[org].freezes_on_partial,
            "freeze_on_paused_collection": POLICIES[org].freezes_on_paused_collection,
            "stripe_keys": [f"rk_test_{org}", f"rk_live_{org}"],
            "webhook_secrets": [f"whsec_{org}"],
        }
        answer = functions.MODULES["organizations"].handler(settings, Context(aws_request_id="setup"))
        assert "error" not in answer, answer
    functions.world().secrets.kept["/keystack/test/smtp-url"] = "smtp://127.0.0.1:1025"


@cache
def _configured() -> tuple[dict[Any, Any], dict[str, str]]:
    world = functions.world()
    _organizations()
    items, secrets = dict(world.tables.items), dict(world.secrets.kept)
    world.tables.items.clear()
    world.secrets.kept.clear()
    return items, secrets
