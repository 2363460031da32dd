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
from simulation.account import NEW, Account, Charge, Json, Purchase
from simulation.calls import Calls, Crash, no_fault
from simulation.clock import Clock
from simulation.outside import MailServer, SecretStore, StripeSide
from simulation.processes import Choose, Processes
from simulation.queues import Queues
from simulation.tables import Tables
from simulation.truth import Decided
from simulation.witness import Witness

ORGS = ("acme", "zeta")  # of one shape and with the same ids at Stripe, so that a mix-up shows
FREEZES_ON_PARTIAL = {"acme": False, "zeta": True}
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
ENOUGH = 500  # invocations until the queues are dry; more is an endless retry


class SimulatedWorld:
    def __init__(self, seed: int = 0, version: str = NEW, tables: Callable[[Calls], Tables] = Tables) -> None:
        """`version` is that of Stripe's API."""
        self.random = random.Random(seed)  # noqa: S311 - a world, no secret
        self.clock = Clock()
        self.processes = Processes(functions.PowertoolsState)
        self.calls = Calls(self.processes, self.clock)
        self.tables = tables(self.calls)
        self.queues = Queues(self.calls, self.clock)
        self.accounts = {org: Account(org, self.clock, version) for org in ORGS}
        keys = {f"rk_{mode}_{org}": self.accounts[org].objects for org in ORGS for mode in ("test", "live")}
        self.stripe = StripeSide(self.calls, keys)
        self.secrets = SecretStore(self.calls)
        self.mail = MailServer(self.calls)
        self.log: list[str] = []
        self.accepted: list[tuple[str, Json]] = []  # events answered with 2xx
        self.unsent: list[tuple[str, Json]] = []  # those that Stripe will send again
        self.decided: dict[tuple[str, str], Decided] = {}  # by organization and license id
        self.unanswered: list[tuple[Purchase, int]] = []  # requests that the vendor's backend will repeat
        self.unmapped = {(org, "price_new") for org in ORGS}
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

    def map_price(self, price: str, *plans: str, org: str = "acme") -> None:
        """Let a price earn these plans; none: on purpose not licensed."""
        self.organization(org, mappings={price: {"grants": [{"plan": plan} for plan in plans]}})
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
        free: bool = False,
    ) -> Purchase:
        """Let somebody check out prices (or prices and quantities); tells nobody yet."""
        carts = [(line, 1) if isinstance(line, str) else line for line in lines or ("price_pro_monthly",)]
        mode = "live" if livemode else "test"
        return self.accounts[org].buy(
            *((price, f"prod_of_{price}", quantity) for price, quantity in carts),
            email=email,
            customer=f"{customer}_{mode}" if customer else None,  # Stripe has no Customer in both modes
            livemode=livemode,
            free=free,
        )

    def completed(self, purchase: Purchase, payment_status: str = "paid") -> Json:
        return self.accounts[purchase.org].completed(purchase, payment_status)

    def refund(self, purchase: Purchase, amount: int | None = None, charge: Charge | None = None) -> Json:
        charge = charge or purchase.charges[0]
        left = charge.amount - charge.refunded
        return self.accounts[purchase.org].refund(purchase, charge, left if amount is None else amount)

    def deleted(self, purchase: Purchase, payment_failed: bool = False) -> Json:
        return self.accounts[purchase.org].subscription_deleted(purchase, payment_failed)

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
            "payment_intent": purchase.charges[0].payment_intent if purchase.mode == "payment" else None,
            "subscription": purchase.subscription,
            "invoice": purchase.invoice,
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
            self.map_price(price, "lifetime", org=org)
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
        settings = {
            **sample("organizations"),
            "org": org,
            "freeze_on_partial_refund": FREEZES_ON_PARTIAL[org],
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
