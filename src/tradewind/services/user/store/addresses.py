"""Writes of addresses. An account that has any has one default for shipping and one for billing.

Every function is called with the account locked: defaults move between rows.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.contracts.common import Address
from tradewind.ports.database import Row, Transaction
from tradewind.services.user.domain.addresses import MOST_ADDRESSES
from tradewind.services.user.shapes import AddressEntry, SavedAddress


def saved_address(row: Row) -> SavedAddress:
    address = msgspec.json.decode(row["address"], type=Address)
    return SavedAddress(row["id"], address, row["default_shipping"], row["default_billing"])


async def insert_address(
    tx: Transaction, address_id: UUID, account_id: UUID, entry: AddressEntry, now: datetime
) -> SavedAddress | None:
    """The first becomes the default of both. None when the account has as many as it may."""
    await _take_defaults(tx, account_id, entry)
    row = await tx.row(
        """
        WITH have AS (SELECT count(*) AS addresses FROM addresses WHERE account_id = $2)
        INSERT INTO addresses (id, account_id, address, default_shipping, default_billing, created_at)
        SELECT $1::uuid, $2::uuid, $3::jsonb, $4::boolean OR addresses = 0, $5::boolean OR addresses = 0,
            $6::timestamptz
        FROM have WHERE addresses < $7
        RETURNING id, address, default_shipping, default_billing
        """,
        address_id,
        account_id,
        msgspec.json.encode(entry.address).decode(),
        entry.default_shipping,
        entry.default_billing,
        now,
        MOST_ADDRESSES,
    )
    return None if row is None else saved_address(row)


async def replace_address(
    tx: Transaction, address_id: UUID, account_id: UUID, entry: AddressEntry
) -> SavedAddress | None:
    """None when the account has no such address: the caller then rolls back."""
    await _take_defaults(tx, account_id, entry)
    row = await tx.row(
        """
        UPDATE addresses
        SET address = $3::jsonb, default_shipping = default_shipping OR $4, default_billing = default_billing OR $5
        WHERE id = $1 AND account_id = $2
        RETURNING id, address, default_shipping, default_billing
        """,
        address_id,
        account_id,
        msgspec.json.encode(entry.address).decode(),
        entry.default_shipping,
        entry.default_billing,
    )
    return None if row is None else saved_address(row)


async def delete_address(tx: Transaction, address_id: UUID, account_id: UUID) -> bool:
    """What it was the default for, the oldest that remains becomes."""
    gone = await tx.row(
        """
        DELETE FROM addresses WHERE id = $1 AND account_id = $2
        RETURNING default_shipping, default_billing
        """,
        address_id,
        account_id,
    )
    if gone is None:
        return False
    await tx.execute(
        """
        UPDATE addresses
        SET default_shipping = default_shipping OR $2, default_billing = default_billing OR $3
        WHERE id = (SELECT id FROM addresses WHERE account_id = $1 ORDER BY id LIMIT 1)
        """,
        account_id,
        gone["default_shipping"],
        gone["default_billing"],
    )
    return True


async def _take_defaults(tx: Transaction, account_id: UUID, entry: AddressEntry) -> None:
    await tx.execute(
        """
        UPDATE addresses
        SET default_shipping = default_shipping AND NOT $2, default_billing = default_billing AND NOT $3
        WHERE account_id = $1 AND (default_shipping AND $2 OR default_billing AND $3)
        """,
        account_id,
        entry.default_shipping,
        entry.default_billing,
    )
