"""One request, one effect: the answer to a request with an `Idempotency-Key` commits with its effect.

A use case ends its transaction with `return await once.answer(tx, value)`. A repeat collides with the row,
its own writes roll back, and the first answer is given again. A use case that spans several transactions
calls `once.claim(tx)` in the first and `once.complete(tx, value)` in the last; a repeat in between
runs it again, which must be safe. Kept 30 days (ARCHITECTURE, rule 4).
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TypeVar

import msgspec

from tradewind.kernel.clock import Clock, SystemClock
from tradewind.kernel.errors import Invalid
from tradewind.kernel.sealing import Sealer
from tradewind.ports.database import Connection, Database, Transaction, UniqueViolation

KEPT_DAYS = 30
V = TypeVar("V")


class AnsweredBefore(Exception):
    """The request was served earlier; this is what was answered."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__("answered before")
        self.status, self.body = status, body


class KeyTaken(Exception):
    """A request with this key committed first; its row tells the rest."""


class Once:
    """One request's claim on its key. Without a key (`Once.unkeyed()`) every method only passes through."""

    __slots__ = ("_clock", "_sealer", "encoded", "fingerprint", "key", "recorded", "scope", "status")

    def __init__(
        self,
        key: str | None,
        scope: str,
        fingerprint: bytes,
        status: int,
        clock: Clock,
        sealer: Sealer | None,
    ) -> None:
        self.key, self.scope, self.fingerprint, self.status = key, scope, fingerprint, status
        self.encoded: bytes | None = None
        self.recorded = False
        self._clock, self._sealer = clock, sealer

    @classmethod
    def unkeyed(cls) -> Once:
        """For work that no client's key stands for."""
        return cls(None, "", b"", 200, SystemClock(), None)

    async def answer(self, tx: Transaction, value: V) -> V:
        """Record `value` as this request's answer, in the transaction of its effect."""
        self.encoded = b"" if value is None else msgspec.json.encode(value)
        if self.key is not None:
            try:
                await self._insert(tx, self._stored(self.encoded))
            except UniqueViolation as violation:
                if violation.constraint != "idempotency_keys_pkey":
                    raise
                raise KeyTaken from violation
            self.recorded = True
        return value

    async def claim(self, tx: Transaction) -> bool:
        """Take the key for a request that spans transactions. False where an earlier one took it and did not
        come to its end: this one goes on with that. Raises AnsweredBefore for a finished one."""
        if self.key is None:
            return True
        inserted = await tx.value(
            """
            INSERT INTO idempotency_keys (scope, key, fingerprint, status, created_at)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING true
            """,
            self.scope,
            self.key,
            self.fingerprint,
            self.status,
            self._clock.now(),
        )
        self.recorded = True
        if not inserted:
            await self.replay(tx)
        return bool(inserted)

    async def complete(self, tx: Transaction, value: V) -> V:
        """Record the answer of a claimed request. Raises AnsweredBefore where another replica, which went on
        with the same request, recorded its answer first: all are given that one."""
        self.encoded = msgspec.json.encode(value)
        if self.key is not None:
            recorded = await tx.execute(
                "UPDATE idempotency_keys SET answer = $3 WHERE scope = $1 AND key = $2 AND answer IS NULL",
                self.scope,
                self.key,
                self._stored(self.encoded),
            )
            if not recorded:
                await self.replay(tx)
        return value

    async def replay(self, database: Connection) -> None:
        """Raises AnsweredBefore if this key has an answer; Invalid if it belongs to another request."""
        if self.key is None:
            return
        row = await database.row(
            "SELECT fingerprint, status, answer FROM idempotency_keys WHERE scope = $1 AND key = $2",
            self.scope,
            self.key,
        )
        if row is None:
            return
        if row["fingerprint"] != self.fingerprint:
            raise Invalid(
                "idempotency_key_reused",
                "this Idempotency-Key was used for another request: use a new one for each new request",
                field="Idempotency-Key",
            )
        if row["answer"] is not None:
            raise AnsweredBefore(row["status"], self._opened(row["answer"]))

    async def _insert(self, tx: Transaction, answer: bytes) -> None:
        await tx.execute(
            """
            INSERT INTO idempotency_keys (scope, key, fingerprint, status, answer, created_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            self.scope,
            self.key,
            self.fingerprint,
            self.status,
            answer,
            self._clock.now(),
        )

    def _stored(self, body: bytes) -> bytes:
        return body if self._sealer is None else self._sealer.seal(body, f"{self.scope}\n{self.key}")

    def _opened(self, stored: bytes) -> bytes:
        return stored if self._sealer is None else self._sealer.unseal(stored, f"{self.scope}\n{self.key}")


def fingerprint(method: str, path: str, query: bytes, body: bytes) -> bytes:
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), query, body))).digest()


async def forget_old_keys(database: Database, clock: Clock) -> None:
    await database.execute(
        "DELETE FROM idempotency_keys WHERE created_at < $1", clock.now() - timedelta(days=KEPT_DAYS)
    )
