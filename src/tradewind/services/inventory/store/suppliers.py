"""Writes to suppliers and to what they sell."""

from __future__ import annotations

from datetime import datetime

import msgspec

from tradewind.ports.database import Transaction
from tradewind.services.inventory.shapes.suppliers import Supplier, SupplierPartDraft


async def insert(tx: Transaction, supplier: Supplier) -> None:
    """Raises UniqueViolation of suppliers_pkey."""
    await tx.execute(
        """
        INSERT INTO suppliers (code, name, currency, lead_time_days, over_basis_points, contacts, note, active,
            created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $9)
        """,
        supplier.code,
        supplier.name,
        supplier.currency,
        supplier.lead_time_days,
        supplier.over_basis_points,
        msgspec.json.encode(supplier.contacts).decode(),
        supplier.note,
        supplier.active,
        supplier.created_at,
    )


async def lock(tx: Transaction, code: str) -> None:
    await tx.execute("SELECT FROM suppliers WHERE code = $1 FOR NO KEY UPDATE", code)


async def update(tx: Transaction, supplier: Supplier) -> None:
    await tx.execute(
        """
        UPDATE suppliers SET name = $2, lead_time_days = $3, over_basis_points = $4, contacts = $5::jsonb,
            note = $6, active = $7, updated_at = $8
        WHERE code = $1
        """,
        supplier.code,
        supplier.name,
        supplier.lead_time_days,
        supplier.over_basis_points,
        msgspec.json.encode(supplier.contacts).decode(),
        supplier.note,
        supplier.active,
        supplier.updated_at,
    )


async def put_part(tx: Transaction, part: SupplierPartDraft, now: datetime) -> None:
    """Raises ForeignKeyViolation for a supplier that does not exist."""
    await tx.execute(
        """
        INSERT INTO supplier_parts (supplier, sku, supplier_sku, pack_size, minimum_packs, rank, lead_time_days,
            weight_grams, prices, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10)
        ON CONFLICT (sku, supplier) DO UPDATE SET supplier_sku = $3, pack_size = $4, minimum_packs = $5,
            rank = $6, lead_time_days = $7, weight_grams = $8, prices = $9::jsonb, updated_at = $10
        """,
        part.supplier,
        part.sku,
        part.supplier_sku,
        part.pack_size,
        part.minimum_packs,
        part.rank,
        part.lead_time_days,
        part.weight_grams,
        msgspec.json.encode(part.prices).decode(),
        now,
    )


async def remove_part(tx: Transaction, supplier: str, sku: str) -> bool:
    removed = await tx.execute("DELETE FROM supplier_parts WHERE supplier = $1 AND sku = $2", supplier, sku)
    return removed > 0
