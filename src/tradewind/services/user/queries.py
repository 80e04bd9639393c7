"""Reads of the user service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from tradewind.contracts.common import Page
from tradewind.contracts.user import ROLES, Account, UnknownAccount
from tradewind.kernel.errors import NotFound
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.kernel.words import search
from tradewind.services.user.deps import Deps
from tradewind.services.user.domain import throttling
from tradewind.services.user.domain.accounts import normalised_email
from tradewind.services.user.shapes import (
    ApiKeyEntry,
    Customer,
    CustomerCounts,
    CustomersQuery,
    SavedAddress,
    SessionEntry,
    SessionsQuery,
)
from tradewind.services.user.store.accounts import customer
from tradewind.services.user.store.addresses import saved_address

_LAST_CHARACTER = "\U0010ffff"
_WORDS = """array_to_tsvector(array_remove(
    string_to_array(lower(name || ' ' || email || ' ' || split_part(email, '@', 2)), ' '), ''))"""


async def account(deps: Deps, account_id: UUID) -> Account | UnknownAccount:
    row = await deps.db.row(
        "SELECT email, name, roles, language FROM accounts WHERE id = $1 AND closed_at IS NULL", account_id
    )
    if row is None:
        return UnknownAccount()
    return Account(account_id, row["email"], row["name"], row["roles"], row["language"])


async def customer_by_id(deps: Deps, account_id: UUID) -> Customer:
    row = await deps.db.row(
        """
        SELECT id, email, name, language, roles, created_at
        FROM accounts WHERE id = $1 AND closed_at IS NULL
        """,
        account_id,
    )
    if row is None:
        raise NotFound("account_not_found", "there is no such account")
    return customer(row)


async def customers(deps: Deps, query: CustomersQuery) -> Page[Customer]:
    """Newest first. Closed accounts are gone."""
    conditions: list[str] = ["closed_at IS NULL"]
    args: list[object] = []
    if query.email is not None:
        beginning = normalised_email(query.email)
        args += [beginning, beginning + _LAST_CHARACTER]
        conditions.append(
            f'email COLLATE "C" >= ${len(args) - 1} AND email COLLATE "C" < ${len(args)} AND email IS NOT NULL'
        )
    words = search(query.q or "")
    if words is not None:
        args.append(words)
        conditions.append(f"email IS NOT NULL AND {_WORDS} @@ ${len(args)}::tsquery")
    if query.role is not None:
        args.append([query.role])
        conditions.append(f"roles @> ${len(args)}::text[]")
    if query.cursor is not None:
        args.append(decode_cursor(query.cursor, tuple[UUID])[0])
        conditions.append(f"id < ${len(args)}")
    rows = await deps.db.fetch(
        f"""
        SELECT id, email, name, language, roles, created_at
        FROM accounts WHERE {" AND ".join(conditions)}
        ORDER BY id DESC LIMIT ${len(args) + 1}
        """,
        *args,
        query.limit + 1,
    )
    found = [customer(row) for row in rows[: query.limit]]
    return Page(found, encode_cursor(found[-1].account_id) if len(rows) > query.limit else None)


async def customer_counts(deps: Deps) -> CustomerCounts:
    since = deps.clock.now() - timedelta(days=30)
    row = await deps.db.row(
        """
        SELECT count(*) AS total, count(*) FILTER (WHERE created_at >= $1) AS recent
        FROM accounts WHERE closed_at IS NULL
        """,
        since,
    )
    assert row is not None, "an aggregate has one row"
    held = await deps.db.fetch(
        """
        SELECT role, count(*) AS accounts FROM accounts, unnest(roles) AS role
        WHERE closed_at IS NULL GROUP BY role
        """
    )
    by_role = {found["role"]: found["accounts"] for found in held}
    return CustomerCounts(row["total"], row["recent"], {role: by_role.get(role, 0) for role in ROLES})


async def sessions(
    deps: Deps, account_id: UUID, current_hash: bytes, query: SessionsQuery
) -> Page[SessionEntry]:
    """Those that are still valid, the latest log-in first."""
    now = deps.clock.now()
    before = None if query.cursor is None else decode_cursor(query.cursor, tuple[UUID])[0]
    rows = await deps.db.fetch(
        """
        SELECT id, created_at, last_seen_at, expires_at, client_address, user_agent, token_hash = $2 AS current
        FROM sessions
        WHERE account_id = $1 AND expires_at > $3 AND last_seen_at > $4 AND ($5::uuid IS NULL OR id < $5)
        ORDER BY id DESC LIMIT $6
        """,
        account_id,
        current_hash,
        now,
        now - timedelta(days=deps.settings.idle_days),
        before,
        query.limit + 1,
    )
    found = [SessionEntry(*row) for row in rows[: query.limit]]
    return Page(found, encode_cursor(found[-1].session_id) if len(rows) > query.limit else None)


async def api_keys(deps: Deps, account_id: UUID) -> Page[ApiKeyEntry]:
    """Expired ones too: their owner sees why one stopped working."""
    rows = await deps.db.fetch(
        """
        SELECT id, name, prefix, scopes, created_at, expires_at, last_used_at
        FROM api_keys WHERE account_id = $1 ORDER BY id DESC
        """,
        account_id,
    )
    return Page([ApiKeyEntry(*row) for row in rows])


async def addresses(deps: Deps, account_id: UUID) -> Page[SavedAddress]:
    rows = await deps.db.fetch(
        """
        SELECT id, address, default_shipping, default_billing
        FROM addresses WHERE account_id = $1 ORDER BY id
        """,
        account_id,
    )
    return Page([saved_address(row) for row in rows])


async def address(deps: Deps, account_id: UUID, address_id: UUID) -> SavedAddress:
    row = await deps.db.row(
        """
        SELECT id, address, default_shipping, default_billing
        FROM addresses WHERE id = $1 AND account_id = $2
        """,
        address_id,
        account_id,
    )
    if row is None:
        raise NotFound("address_not_found", "you have no such address")
    return saved_address(row)


@dataclass(frozen=True)
class Claimant:
    """Who an e-mail address is the account of, and which source a failure counts for."""

    account: Customer | None
    password_hash: str | None
    password_version: int
    source: str


async def claimant(deps: Deps, email: str, network: str) -> Claimant:
    """A network that holds a session of the account is known; others are strangers (domain/throttling.py)."""
    row = await deps.db.row(
        """
        SELECT id, email, name, language, roles, created_at, password_hash, password_version,
            EXISTS (SELECT 1 FROM sessions WHERE account_id = accounts.id AND client_network = $2) AS known
        FROM accounts WHERE lower(email) = $1
        """,
        email,
        network,
    )
    if row is None:
        return Claimant(None, None, 0, throttling.STRANGERS)
    source = network if row["known"] and network else throttling.STRANGERS
    return Claimant(customer(row), row["password_hash"], row["password_version"], source)


async def pause_is_on(deps: Deps, subject: bytes, source: str) -> bool:
    blocked = await deps.db.value(
        "SELECT blocked_until > $3 FROM log_in_failures WHERE subject = $1 AND source = $2",
        subject,
        source,
        deps.clock.now(),
    )
    return bool(blocked)


@dataclass(frozen=True)
class ResetInHand:
    account_id: UUID
    email: str


async def usable_reset(deps: Deps, token_hash: bytes) -> ResetInHand | None:
    row = await deps.db.row(
        """
        SELECT account_id, email FROM password_resets JOIN accounts ON accounts.id = account_id
        WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2 AND closed_at IS NULL
        """,
        token_hash,
        deps.clock.now(),
    )
    return None if row is None else ResetInHand(row["account_id"], row["email"])
