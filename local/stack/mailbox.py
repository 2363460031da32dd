"""A small SMTP catcher on a free port: keeps the newest mails in memory for /local/mailbox."""

import email
import email.policy
import threading
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from local.settings import containers_address, free_port

MAX_MAILS = 2000  # the newest


class Mailbox:
    def __init__(self, host: str = "127.0.0.1") -> None:
        self._host = host
        self._mails: list[dict[str, Any]] = []
        self._count = 0
        self._lock = threading.Lock()
        self._controller: Controller | None = None

    def start(self) -> str:
        """Start catching; return the SMTP URL."""
        self._controller = Controller(self, hostname=self._host, port=free_port(self._host))
        self._controller.start()
        return f"smtp://{containers_address(self._host)}:{self._controller.port}"

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.content
        self.add(content if isinstance(content, bytes) else (content or "").encode(), list(envelope.rcpt_tos))
        return "250 OK"

    def add(self, raw: bytes, recipients: list[str]) -> None:
        """Keep a mail as it came."""
        message = email.message_from_bytes(raw, policy=email.policy.default)
        with self._lock:
            self._count += 1
            self._mails.append(
                {
                    "id": str(self._count),
                    "from": str(message.get("From", "")),
                    "to": str(message.get("To", ", ".join(recipients))),
                    "reply_to": str(message.get("Reply-To", "")),
                    "subject": str(message.get("Subject", "")),
                    "date": str(message.get("Date", "")),
                    "text": _part(message, "plain"),
                    "html": _part(message, "html"),
                    "headers": [[name, str(value)] for name, value in message.items()],
                    "recipients": recipients,
                    "raw": raw.decode("utf-8", "replace"),
                }
            )
            del self._mails[:-MAX_MAILS]

    def mails(self) -> list[dict[str, Any]]:
        """Return the mails, newest last."""
        with self._lock:
            return list(self._mails)


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""
