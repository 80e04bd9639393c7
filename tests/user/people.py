"""People at the door: each request is identified from its bearer token, as the gateway does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from tests.shop import Shop
from tradewind.contracts.user import Authenticated, PasswordResetRequested, User
from tradewind.kernel.clock import SystemClock
from tradewind.kernel.identity import Principal
from tradewind.kernel.sealing import Sealer
from tradewind.services.user.use_cases.ensure_account import ensure_account

SECRET = "the installation's secret in these tests, long enough"
PASSWORD = "seven lean cows graze"
BERLIN = {
    "name": "Ada Lovelace",
    "line1": "Torstr. 1",
    "city": "Berlin",
    "country": "DE",
    "postal_code": "10119",
}


class MovableClock(SystemClock):
    """Now, and as much later as a test says."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


@dataclass
class Person:
    """`client_address` is where they sit; `token` what their browser holds."""

    shop: Shop
    client_address: str = "203.0.113.7"
    token: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    async def send(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        headers = {**self.headers, **options.pop("headers", {})}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        async with self.shop.client(await self._principal()) as client:
            return await client.request(method, path, json=body, headers=headers, **options)

    async def _principal(self) -> Principal:
        if self.token is not None:
            known = await self.shop.runtime.contract(User).authenticate(self.token)
            if isinstance(known, Authenticated):
                kind: Any = known.kind
                return Principal(kind, known.account_id, frozenset(known.permissions), self.client_address)
        return Principal(client_address=self.client_address)

    async def register(self, email: str, password: str = PASSWORD, name: str = "Ada") -> Person:
        answer = await self.send("POST", "/v1/accounts", {"email": email, "password": password, "name": name})
        assert answer.status_code == 201, answer.text
        self.token = answer.json()["token"]
        return self

    async def log_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        answer = await self.send("POST", "/v1/sessions", {"email": email, "password": password})
        if answer.status_code == 201:
            self.token = answer.json()["token"]
        return answer

    async def account_id(self) -> UUID:
        return UUID((await self.send("GET", "/v1/me")).json()["account"]["account_id"])

    async def knows_me(self) -> bool:
        return (await self.send("GET", "/v1/me")).status_code == 200


async def member_of_staff(shop: Shop, email: str, role: str = "administrator") -> Person:
    await ensure_account(shop.deps("user"), email, "Staff", PASSWORD, [role])
    person = Person(shop, client_address="198.51.100.1")
    assert (await person.log_in(email)).status_code == 201
    return person


async def events(shop: Shop, kind: str) -> list[str]:
    rows = await shop.database("user").fetch(
        "SELECT payload FROM outbox WHERE type = $1 ORDER BY occurred_at, id", kind
    )
    return [row["payload"] for row in rows]


def token_in(event: PasswordResetRequested) -> str:
    """As the notification service reads it, to put it into the mail."""
    sealer = Sealer(SECRET, "user.password_reset")
    return sealer.unseal(event.sealed_token, str(event.account_id)).decode()


async def at_once(*work: Any) -> list[Any]:
    return list(await asyncio.gather(*work))


def code(answer: httpx.Response) -> tuple[int, str | None, str | None]:
    """Status, code and field of a problem document."""
    document = answer.json() if answer.content else {}
    return answer.status_code, document.get("code"), document.get("field")
