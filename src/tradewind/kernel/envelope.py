"""Envelope encryption: values are sealed with data keys, one a purpose, and these with a key from the settings.

TRADEWIND_ENCRYPTION_KEYS is `name:base64,name2:base64`, each key of 32 bytes: the first wraps, all open. The key
derived from TRADEWIND_SECRET_KEY always opens as well, and wraps where no other is given. To rotate, data keys are
wrapped anew and no value is touched. A value is bound to its purpose and place: moved to another row, it does not
open. What was sealed before (kernel/sealing.py) is known by having no prefix, and opens still.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tradewind.kernel.clock import Clock
from tradewind.kernel.sealing import Sealer, UnsealingError, derived
from tradewind.kernel.settings import SettingsError
from tradewind.ports.database import Database, Row

SETTING = "TRADEWIND_ENCRYPTION_KEYS"
DERIVED = "secret-key"  # the name of the one that comes of TRADEWIND_SECRET_KEY
PREFIX = b"tw-env1\0"
KEY_BYTES = 32
BATCH = 200

_NONCE_BYTES = 12
_ID_BYTES = 16
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")


class KeyRing:
    """The keys that data keys are wrapped with. Never shown, never stored."""

    def __init__(self, keys: Mapping[str, bytes], first: str) -> None:
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self.first = first

    @classmethod
    def read(cls, text: str, secret_key: str) -> KeyRing:
        """Raises SettingsError that says what is wrong, without the key."""
        keys: dict[str, bytes] = {}
        for place, part in enumerate((it.strip() for it in text.split(",") if it.strip()), start=1):
            name, colon, encoded = part.partition(":")
            if not colon or not _NAME.fullmatch(name) or name == DERIVED:
                raise SettingsError(f"{SETTING}: key {place} is not name:base64, with a name of its own")
            if name in keys:
                raise SettingsError(f"{SETTING}: the name {name} is given twice")
            try:
                keys[name] = base64.b64decode(encoded, validate=True)
            except (binascii.Error, ValueError) as error:
                raise SettingsError(f"{SETTING}: the key {name} is not base64") from error
            if len(keys[name]) != KEY_BYTES:
                raise SettingsError(f"{SETTING}: the key {name} has not {KEY_BYTES} bytes")
        first = next(iter(keys), DERIVED)
        return cls({**keys, DERIVED: derived(secret_key, "data keys")}, first)

    def wrap(self, key: bytes, place: str) -> bytes:
        """With the first."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._ciphers[self.first].encrypt(nonce, key, place.encode())

    def unwrap(self, name: str, wrapped: bytes, place: str) -> bytes:
        """Raises SettingsError where this ring has not the key that it was wrapped with."""
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise SettingsError(f"{SETTING}: the key {name}, which {place} is wrapped with, is not given")
        try:
            return cipher.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError) as error:
            wrong = "TRADEWIND_SECRET_KEY" if name == DERIVED else f"{SETTING}: the key {name}"
            raise SettingsError(
                f"{wrong} is not the one that {place} was wrapped with: give that one, or restore the database"
            ) from error


class Seals(Protocol):
    """What seals and opens values of one purpose."""

    def seal(self, value: bytes, place: str) -> bytes: ...

    def unseal(self, sealed: bytes, place: str) -> bytes: ...


class Envelope:
    """Values of one purpose. Until its data key is there (see Vault.prepare) it seals as kernel/sealing.py does."""

    def __init__(self, purpose: str, before: Sealer) -> None:
        self.purpose, self._before = purpose, before
        self._ciphers: dict[bytes, AESGCM] = {}
        self._id = b""

    def use(self, key_id: UUID, key: bytes) -> None:
        """The first that is given seals, all open."""
        self._ciphers[key_id.bytes] = AESGCM(key)
        self._id = self._id or key_id.bytes

    @property
    def ready(self) -> bool:
        return bool(self._id)

    def seal(self, value: bytes, place: str) -> bytes:
        if not self._id:
            return self._before.seal(value, place)
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._id].encrypt(nonce, value, self._bound(self._id, place))
        return PREFIX + self._id + nonce + sealed

    def unseal(self, sealed: bytes, place: str, place_before: str | None = None) -> bytes:
        """`place_before`: what the place of a value in the old form was called. Raises UnsealingError."""
        if not sealed.startswith(PREFIX):
            return self._before.unseal(sealed, place if place_before is None else place_before)
        key_id, rest = sealed[len(PREFIX) : len(PREFIX) + _ID_BYTES], sealed[len(PREFIX) + _ID_BYTES :]
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UnsealingError(f"the data key of a value sealed for {place} is not here")
        try:
            return cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], self._bound(key_id, place))
        except (InvalidTag, ValueError) as error:
            raise UnsealingError(f"a value sealed for {place} does not open") from error

    def _bound(self, key_id: bytes, place: str) -> bytes:
        return b"\n".join((PREFIX, key_id, self.purpose.encode(), place.encode()))


@dataclass(frozen=True)
class SealedColumn:
    """Where values of a purpose are kept. `place` of a row (its `key` columns) is what binds a value to it;
    `place_before` is what it was called in the old form."""

    purpose: str
    table: str
    column: str
    key: tuple[str, ...]
    place: Callable[[Row], str]
    place_before: Callable[[Row], str] | None = None
    where: str = "true"  # which rows are sealed at all


@dataclass(frozen=True)
class KeyStatus:
    """One data key. `old_values` of its purpose are still sealed in the old form."""

    service: str
    purpose: str
    wrapped_with: str
    current: bool
    created_at: datetime
    wrapped_at: datetime
    old_values: int


class Vault:
    """The data keys of one service, by purpose: kept wrapped in its schema, and open in memory alone."""

    def __init__(
        self, service: str, columns: Sequence[SealedColumn], ring: KeyRing, before: Sealer, clock: Clock
    ) -> None:
        self._service, self._columns, self._ring, self._clock = service, columns, ring, clock
        self._envelopes = {it.purpose: Envelope(it.purpose, before) for it in columns}

    def of(self, purpose: str) -> Envelope:
        return self._envelopes[purpose]

    async def prepare(self, database: Database) -> None:
        """Load the data keys, making those that are missing: two processes that start at once come to the same.

        Raises SettingsError where one does not open: nothing is served with a wrong key.
        """
        for purpose in self._envelopes:
            async with database.begin() as tx:
                await tx.execute(
                    "SELECT pg_advisory_xact_lock(hashtextextended('data keys:' || $1, 0))", purpose
                )
                rows = await tx.fetch(f"{_KEYS} WHERE purpose = $1 ORDER BY created_at DESC, id", purpose)
                if not rows:
                    key_id, key, now = self._clock.new_id(), os.urandom(KEY_BYTES), self._clock.now()
                    await tx.execute(
                        """
                        INSERT INTO data_keys (id, purpose, kek, wrapped, created_at, wrapped_at)
                        VALUES ($1, $2, $3, $4, $5, $5)
                        """,
                        key_id,
                        purpose,
                        self._ring.first,
                        self._ring.wrap(key, self._place(purpose, key_id)),
                        now,
                    )
                    self.of(purpose).use(key_id, key)
            for row in rows:
                self.of(purpose).use(row["id"], self._opened(row))

    async def rewrap(self, database: Database) -> int:
        """Data keys that another key wraps are wrapped with the first; answers how many. The data keys stay what
        they are: who has them in memory goes on, and no value changes."""
        done = 0
        for row in await database.fetch(f"{_KEYS} WHERE kek <> $1 ORDER BY id", self._ring.first):
            wrapped = self._ring.wrap(self._opened(row), self._place(row["purpose"], row["id"]))
            done += await database.execute(
                "UPDATE data_keys SET kek = $3, wrapped = $4, wrapped_at = $5 WHERE id = $1 AND kek = $2",
                row["id"],
                row["kek"],
                self._ring.first,
                wrapped,
                self._clock.now(),
            )
        return done

    async def reseal(self, database: Database) -> int:
        """Values in the old form come under their data key, a batch a transaction; answers how many."""
        done = 0
        for column in self._columns:
            while True:
                some = await self._reseal_some(database, column)
                done += some
                if some < BATCH:
                    break
        return done

    async def _reseal_some(self, database: Database, column: SealedColumn) -> int:
        envelope, names = self.of(column.purpose), column.key
        if not envelope.ready:
            return 0
        where = " AND ".join(f"{name} = ${at}" for at, name in enumerate(names, start=2))
        async with database.begin() as tx:
            rows = await tx.fetch(
                f"""
                SELECT {", ".join(names)}, {column.column} AS sealed FROM {column.table}
                WHERE {_old(column)} ORDER BY {", ".join(names)} LIMIT $2 FOR UPDATE SKIP LOCKED
                """,
                PREFIX,
                BATCH,
            )
            for row in rows:
                place = column.place(row)
                before = column.place_before(row) if column.place_before else place
                value = envelope.unseal(row["sealed"], place, before)
                await tx.execute(
                    f"UPDATE {column.table} SET {column.column} = $1 WHERE {where}",
                    envelope.seal(value, place),
                    *(row[name] for name in names),
                )
        return len(rows)

    async def status(self, database: Database) -> list[KeyStatus]:
        old: dict[str, int] = {}
        for column in self._columns:
            count = await database.value(f"SELECT count(*) FROM {column.table} WHERE {_old(column)}", PREFIX)
            old[column.purpose] = old.get(column.purpose, 0) + int(count)
        return [
            KeyStatus(
                self._service,
                row["purpose"],
                row["kek"],
                row["kek"] == self._ring.first,
                row["created_at"],
                row["wrapped_at"],
                old.get(row["purpose"], 0),
            )
            for row in await database.fetch(f"{_KEYS} ORDER BY purpose, created_at DESC")
        ]

    def _opened(self, row: Row) -> bytes:
        return self._ring.unwrap(row["kek"], row["wrapped"], self._place(row["purpose"], row["id"]))

    def _place(self, purpose: str, key_id: UUID) -> str:
        return f"{self._service}.data_keys:{purpose}:{key_id}"


_KEYS = "SELECT id, purpose, kek, wrapped, created_at, wrapped_at FROM data_keys"


def _old(column: SealedColumn) -> str:
    unlike = f"substring({column.column} for {len(PREFIX)}) <> $1"
    return f"{column.column} IS NOT NULL AND {column.where} AND {unlike}"
