"""Reads KeyStack's API as a vendor does: the licenses of an order, its history, a delivery."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from local.client import call

Json = dict[str, Any]


class ApiError(OSError):
    """The API refused a call."""


@dataclass(frozen=True)
class License:
    key: str
    plan: str
    seats: int
    status: str
    expires_at: int | None  # Unix seconds
    billing: Json | None = None  # of a subscription


@dataclass(frozen=True)
class AuditEntry:
    at: datetime
    action: str
    detail: Json


@dataclass(frozen=True)
class Api:
    url: str
    key: str

    def licenses(self, order: str, email: str) -> list[License]:
        """Return the licenses of a customer's order, the oldest first; one issued just now may take a second."""
        return [_license(each) for each in self._of_order(order, email)]

    def license_ids(self, order: str, email: str) -> list[str]:
        """Return the ids of the licenses of a customer's order, in the same order."""
        return [str(each["id"]) for each in self._of_order(order, email)]

    def _of_order(self, order: str, email: str) -> list[Json]:
        found = [each for each in self._list("/v1/licenses", email=email) if each["order"]["id"] == order]
        return found[::-1]

    def audit(self, subject: str) -> list[AuditEntry]:
        """Return what happened to an order or a license, the oldest first."""
        found = list(self._list("/v1/audit", subject=subject))
        return [
            AuditEntry(datetime.fromisoformat(each["at"]), each["action"], each["detail"]) for each in reversed(found)
        ]

    def delivery(self, event_id: str) -> Json | None:
        """Return what became of an event; None if no worker has recorded it yet."""
        return self._get(f"/v1/deliveries/{quote(event_id)}")

    def deliveries(self, status: str) -> list[Json]:
        """Return the deliveries of a status, the newest first."""
        return list(self._list("/v1/deliveries", status=status))

    def _list(self, path: str, **query: str) -> Iterator[Json]:
        cursor: str | None = ""
        while cursor is not None:
            page = self._get(path, **query, cursor=cursor, limit="100") or {}
            yield from page.get("items", [])
            cursor = page.get("cursor")

    def _get(self, path: str, **query: str) -> Json | None:
        address = f"{self.url}{path}?{urlencode(query)}" if query else self.url + path
        status, body = call("GET", address, headers={"Authorization": f"Bearer {self.key}"})
        if status == 404:
            return None
        if status != 200:
            raise ApiError(f"GET {path} was answered with {status} {body.decode('utf-8', 'replace')}")
        found: Json = json.loads(body)
        return found


def _license(item: Json) -> License:
    end = item["expires_at"]
    expires_at = None if end is None else int(datetime.fromisoformat(end).timestamp())
    return License(item["key"], item["plan"], item["seats"], item["status"], expires_at, item.get("billing"))
