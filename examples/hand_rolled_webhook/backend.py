"""A vendor's own webhook: it decides which order gets a license and mails the key itself; KeyStack keeps the licenses.

Stripe is told 2xx only when all is done, or a person has to look. After any other answer it sends the event again,
which is harmless: the Checkout Session's id is the Idempotency-Key, and a session that was mailed is not mailed again.
"""

import json
import os
import smtplib
import sqlite3
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import stripe
from flask import Flask, request

EVENTS = ("checkout.session.completed", "checkout.session.async_payment_succeeded")
PLANS = Path(__file__).with_name("plans.json")  # Stripe price → KeyStack plan; null: nothing to license, a T-shirt
NEEDED = ("KEYSTACK_URL", "KEYSTACK_API_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_KEY", "SMTP_URL", "MAIL_FROM")
THROWAWAY = {"mailinator.com", "guerrillamail.com", "10minutemail.com"}
MUCH = 100_000  # cents


def create_app(env: Mapping[str, str] = os.environ) -> Flask:
    if missing := [name for name in NEEDED if not env.get(name)]:
        raise SystemExit(f"Set {', '.join(missing)} (README.md says where they come from).")
    app = Flask(__name__)
    app.logger.setLevel("INFO")

    @app.post("/stripe")
    def receive() -> tuple[dict[str, str], int]:
        body = request.get_data()  # the raw bytes: they are what Stripe has signed
        try:
            signature = request.headers.get("Stripe-Signature", "")
            stripe.WebhookSignature.verify_header(body.decode(), signature, env["STRIPE_WEBHOOK_SECRET"], 300)
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            return {"error": "not signed by Stripe"}, 400
        event = json.loads(body)
        session = event["data"]["object"]
        if event["type"] not in EVENTS or session["payment_status"] == "unpaid":
            return {"done": "ignored"}, 200
        done = sell(env, session)
        app.logger.info("%s: %s", session["id"], done)
        return {"done": done}, 200

    return app


def sell(env: Mapping[str, str], session: dict[str, Any]) -> str:
    """Check, issue, mail; say what was done. Whatever is raised becomes a 500, and Stripe sends the event again."""
    state = noted(env, session["id"])
    if state == "mailed":
        return "mailed before"
    doubt = suspicion(session)
    if doubt and state != "approved":
        note(env, session["id"], "held", doubt)
        return "held"
    found = plan_and_quantity(env, session["id"])
    if found is None:
        return "nothing to license"
    licenses = issue(env, session, *found)
    keys = [each["key"] for each in licenses if each["status"] == "active"]  # it may have been refunded already
    if keys:
        mail(env, session["customer_details"]["email"], keys)
    note(env, session["id"], "mailed", f"{len(keys)} keys")
    return "mailed"


def suspicion(session: dict[str, Any]) -> str | None:
    """YOUR FRAUD CHECK GOES HERE: say why a person should look at the order first, or None."""
    details = session["customer_details"]
    if details["email"].rpartition("@")[2].lower() in THROWAWAY:
        return "a throwaway e-mail address"
    if session["amount_total"] >= MUCH and not (details.get("address") or {}).get("country"):
        return "a large order from nowhere"
    return None


def plan_and_quantity(env: Mapping[str, str], session: str) -> tuple[str, int] | None:
    """Look up what was bought; None: nothing that is licensed. The event does not say it, so Stripe is asked."""
    base = env.get("STRIPE_API_BASE")
    client = stripe.StripeClient(env["STRIPE_API_KEY"], base_addresses={"api": base} if base else {})
    plans = json.loads(PLANS.read_text())
    lines = client.v1.checkout.sessions.line_items.list(session, {"limit": 100}).data
    bought = [(plans[line.price.id], line.quantity or 1) for line in lines if line.price]  # KeyError: not in plans.json
    licensed = [(plan, quantity) for plan, quantity in bought if plan]
    if len(licensed) > 1:
        raise ValueError(f"{session} has {len(licensed)} licensed lines; one call of /v1/issue issues one plan")
    return licensed[0] if licensed else None


def issue(env: Mapping[str, str], session: dict[str, Any], plan: str, quantity: int) -> list[dict[str, Any]]:
    """Call POST /v1/issue: the same key and body again, the same licenses. Refunds find them by the references."""
    references = {name: session.get(name) for name in ("payment_intent", "subscription", "invoice", "customer")}
    body = {
        "email": session["customer_details"]["email"],
        "plan": plan,
        "quantity": quantity,
        "stripe": {"checkout_session": session["id"], **{name: ref for name, ref in references.items() if ref}},
    }
    headers = {
        "Authorization": f"Bearer {env['KEYSTACK_API_KEY']}",
        "Content-Type": "application/json",
        "Idempotency-Key": session["id"],
    }
    call = urllib.request.Request(f"{env['KEYSTACK_URL']}/v1/issue", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(call, timeout=15) as answer:  # raises for whatever is no 2xx
        licenses: list[dict[str, Any]] = json.load(answer)["licenses"]
    return licenses


def mail(env: Mapping[str, str], to: str, keys: list[str]) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = env["MAIL_FROM"], to, "Your license"
    message["Date"] = formatdate()
    message.set_content("Thank you! Your license:\n\n" + "\n".join(keys) + "\n")
    server = urlsplit(env["SMTP_URL"])
    with smtplib.SMTP(server.hostname or "localhost", server.port or 25, timeout=15) as smtp:
        smtp.send_message(message)  # smtp.starttls() and smtp.login(…) come before, with a real server


def noted(env: Mapping[str, str], session: str) -> str | None:
    with closing(notes(env)) as db:
        found = db.execute("SELECT state FROM orders WHERE session = ?", (session,)).fetchone()
    return found[0] if found else None


def note(env: Mapping[str, str], session: str, state: str, why: str) -> None:
    with closing(notes(env)) as db, db:
        db.execute("INSERT OR REPLACE INTO orders VALUES (?, ?, ?)", (session, state, why))


def notes(env: Mapping[str, str]) -> sqlite3.Connection:
    db = sqlite3.connect(env.get("NOTES") or "orders.db")
    db.execute("CREATE TABLE IF NOT EXISTS orders (session TEXT PRIMARY KEY, state TEXT, why TEXT)")
    return db
