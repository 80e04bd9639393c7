"""Writes of accounts: what they are, their passwords and roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tradewind.kernel.errors import Conflict, NotFound
from tradewind.ports.database import Row, Transaction
from tradewind.services.user.shapes import Customer


@dataclass(frozen=True)
class OpenAccount:
    """An account as read and locked by the transaction that is going to change something of it."""

    customer: Customer
    password_version: int


def customer(row: Row) -> Customer:
    return Customer(row["id"], row["email"], row["name"], row["language"], row["roles"], row["created_at"])


async def insert_account(tx: Transaction, account: Customer, password_hash: str) -> None:
    """Raises UniqueViolation of accounts_email_key, or CheckViolation of accounts_email_lower."""
    await tx.execute(
        """
        INSERT INTO accounts (id, email, name, language, roles, password_hash, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        account.account_id,
        account.email,
        account.name,
        account.language,
        account.roles,
        password_hash,
        account.created_at,
    )


async def lock_account(tx: Transaction, account_id: UUID) -> OpenAccount:
    """First in every transaction that changes what belongs to an account. Raises NotFound."""
    row = await tx.row(
        """
        SELECT id, email, name, language, roles, created_at, password_version
        FROM accounts WHERE id = $1 AND closed_at IS NULL FOR NO KEY UPDATE
        """,
        account_id,
    )
    if row is None:
        raise NotFound("account_not_found", "there is no such account")
    return OpenAccount(customer(row), row["password_version"])


async def lock_account_by_email(tx: Transaction, email: str) -> OpenAccount | None:
    row = await tx.row(
        """
        SELECT id, email, name, language, roles, created_at, password_version
        FROM accounts WHERE lower(email) = $1 FOR NO KEY UPDATE
        """,
        email,
    )
    return None if row is None else OpenAccount(customer(row), row["password_version"])


async def update_profile(
    tx: Transaction, account_id: UUID, name: str | None, language: str | None
) -> Customer | None:
    """None leaves a part as it is; answers None when there is no such open account."""
    row = await tx.row(
        """
        UPDATE accounts SET name = coalesce($2, name), language = coalesce($3, language)
        WHERE id = $1 AND closed_at IS NULL
        RETURNING id, email, name, language, roles, created_at
        """,
        account_id,
        name,
        language,
    )
    return None if row is None else customer(row)


async def set_password(tx: Transaction, account_id: UUID, password_hash: str) -> None:
    """Whoever verified the old one a moment ago finds another version, and gets no session for it."""
    await tx.execute(
        "UPDATE accounts SET password_hash = $2, password_version = password_version + 1 WHERE id = $1",
        account_id,
        password_hash,
    )


async def renew_hash(tx: Transaction, account_id: UUID, password_version: int, password_hash: str) -> None:
    """The same password, hashed with today's parameters."""
    await tx.execute(
        "UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_version = $2",
        account_id,
        password_version,
        password_hash,
    )


async def lock_administrators(tx: Transaction) -> None:
    """Before any lock on a row: two administrators must not take away each other's role at once."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ':administrators', 0))"
    )


async def check_administrator_remains(tx: Transaction, account_id: UUID) -> None:
    """Raises Conflict when no other account is an administrator's. Under lock_administrators only."""
    another = await tx.value(
        "SELECT EXISTS (SELECT 1 FROM accounts WHERE roles @> '{administrator}' AND id <> $1)", account_id
    )
    if not another:
        raise Conflict("last_administrator", "make someone else an administrator first")


async def set_roles(
    tx: Transaction, change_id: UUID, account: Customer, roles: Sequence[str], by: str, now: datetime
) -> None:
    await tx.execute(
        """
        WITH changed AS (UPDATE accounts SET roles = $3 WHERE id = $2 RETURNING id)
        INSERT INTO role_changes (id, account_id, changed_by, roles_before, roles_after, changed_at)
        SELECT $1, id, $5, $4, $3, $6 FROM changed
        """,
        change_id,
        account.account_id,
        roles,
        account.roles,
        by,
        now,
    )


async def anonymise_account(tx: Transaction, account_id: UUID, now: datetime) -> None:
    """What remains is an id, two dates and who changed its roles. Answers kept for repeats go as well."""
    for table in ("sessions", "api_keys", "password_resets", "addresses"):
        await tx.execute(f"DELETE FROM {table} WHERE account_id = $1", account_id)
    await tx.execute(
        "DELETE FROM idempotency_keys WHERE starts_with(scope, $1) OR starts_with(scope, $2)",
        f"account:{account_id} ",
        f"api_key:{account_id} ",
    )
    await tx.execute(
        """
        UPDATE accounts
        SET email = NULL, password_hash = NULL, name = '', roles = '{}', closed_at = $2,
            password_version = password_version + 1
        WHERE id = $1
        """,
        account_id,
        now,
    )
