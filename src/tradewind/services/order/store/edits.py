"""Edits and exchanges as rows, and what a confirmed one does to its order's rows.

Order of locks, which keeps this service free of deadlocks: the order's row first, then its lines and edits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection, Transaction
from tradewind.services.order.domain.after_sale import EDIT_TRANSITIONS, Settlement, origins
from tradewind.services.order.domain.editing import TakenOff
from tradewind.services.order.shapes.edits import Preview, Wanted


class EditRecord(msgspec.Struct, frozen=True):
    edit_id: UUID
    order_id: UUID
    kind: str
    state: str
    wanted: Wanted
    preview: Preview
    reason: str
    actor: str
    created_at: datetime
    updated_at: datetime
    failure: str | None = None
    attempt: int = 0  # of confirming it: stock is asked for under another id each time
    due_minor: int = 0
    refund_id: UUID | None = None
    return_id: UUID | None = None
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None

    @property
    def doer(self) -> str:
        """Whose word it is that it is done."""
        return self.confirmed_by or self.actor


class Parcels(msgspec.Struct, frozen=True):
    """Of an order's parcels that did not come to nothing: how many they are, what they are to capture, whether one
    bears the shipping, and whether the capture of one is not recorded yet."""

    number: int
    captures_minor: int
    shipping_borne: bool
    unsettled: bool


_decode = msgspec.json.Decoder(EditRecord).decode
_decode_taken_off = msgspec.json.Decoder(list[TakenOff]).decode


async def load(db: Connection, edit_id: UUID) -> EditRecord | None:
    text = await db.value("SELECT to_jsonb(e)::text FROM order_edits e WHERE e.edit_id = $1", edit_id)
    return None if text is None else _decode(text)


async def of_order(db: Connection, order_id: UUID, kind: str) -> list[EditRecord]:
    rows = await db.fetch(
        """
        SELECT to_jsonb(e)::text FROM order_edits e WHERE e.order_id = $1 AND e.kind = $2
        ORDER BY e.created_at, e.edit_id
        """,
        order_id,
        kind,
    )
    return [_decode(row[0]) for row in rows]


async def insert(tx: Transaction, edit: EditRecord) -> None:
    """Raises UniqueViolation(order_edits_one_open) where another one of the order is open."""
    await tx.execute(
        """
        INSERT INTO order_edits (edit_id, order_id, kind, state, wanted, preview, reason, actor, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7, $8, $9, $9)
        """,
        edit.edit_id,
        edit.order_id,
        edit.kind,
        edit.state,
        msgspec.json.encode(edit.wanted).decode(),
        msgspec.json.encode(edit.preview).decode(),
        edit.reason,
        edit.actor,
        edit.created_at,
    )


async def change(
    tx: Transaction, edit_id: UUID, wanted: Wanted, preview: Preview, reason: str, now: datetime
) -> bool:
    """Another proposal in its place; a customer who was asked is asked anew. False unless it is open."""
    return bool(
        await tx.execute(
            """
            UPDATE order_edits SET wanted = $2::jsonb, preview = $3::jsonb, reason = $4, updated_at = $5,
                state = 'begun', failure = NULL
            WHERE edit_id = $1 AND state IN ('begun', 'requested')
            """,
            edit_id,
            msgspec.json.encode(wanted).decode(),
            msgspec.json.encode(preview).decode(),
            reason,
            now,
        )
    )


async def move(tx: Transaction, edit_id: UUID, to: str, now: datetime) -> bool:
    """False unless its state allows that."""
    return bool(
        await tx.execute(
            "UPDATE order_edits SET state = $2, updated_at = $3 WHERE edit_id = $1 AND state = ANY ($4::text[])",
            edit_id,
            to,
            now,
            origins(EDIT_TRANSITIONS, to),
        )
    )


async def keep_message(tx: Transaction, edit_id: UUID, message: str) -> None:
    """What the customer is asked with, among what was wanted."""
    await tx.execute(
        "UPDATE order_edits SET wanted = wanted || jsonb_build_object('message', $2::text) WHERE edit_id = $1",
        edit_id,
        message,
    )


async def begin_confirming(
    tx: Transaction,
    edit: EditRecord,
    order_version: int,
    preview: Preview,
    confirmed_by: str,
    resume_at: datetime,
    now: datetime,
) -> bool:
    """The order takes no parcel and no cancellation until the stock is changed. The order is locked. False, with
    nothing written, when the order is no longer the one of that version, or the edit not as it was read."""
    same = await tx.value(
        "SELECT state = $2 AND updated_at = $3 FROM order_edits WHERE edit_id = $1 FOR UPDATE",
        edit.edit_id,
        edit.state,
        edit.updated_at,
    )
    if not same:
        return False
    claimed = await tx.execute(
        "UPDATE orders SET amending_id = $2 WHERE order_id = $1 AND version = $3 AND amending_id IS NULL",
        edit.order_id,
        edit.edit_id,
        order_version,
    )
    if not claimed:
        return False
    return bool(
        await tx.execute(
            """
            UPDATE order_edits SET state = 'confirming', attempt = attempt + 1, preview = $2::jsonb, resume_at = $3,
                failure = NULL, updated_at = $4, confirmed_by = $5
            WHERE edit_id = $1 AND state IN ('begun', 'requested')
            """,
            edit.edit_id,
            msgspec.json.encode(preview).decode(),
            resume_at,
            now,
            confirmed_by,
        )
    )


async def finish_failed(tx: Transaction, edit: EditRecord, failure: str, now: datetime) -> bool:
    """Its stock could not be had: it may be changed and confirmed again. The order is locked. False when this was
    recorded before."""
    moved = await tx.execute(
        """
        UPDATE order_edits SET state = 'begun', failure = $2, resume_at = NULL, updated_at = $3
        WHERE edit_id = $1 AND state = 'confirming' AND attempt = $4
        """,
        edit.edit_id,
        failure,
        now,
        edit.attempt,
    )
    if moved:
        await _let_order_go(tx, edit)
    return bool(moved)


async def finish_confirmed(tx: Transaction, edit: EditRecord, settlement: Settlement, now: datetime) -> bool:
    """It is done. The order is locked. False when this was recorded before."""
    moved = await tx.execute(
        """
        UPDATE order_edits SET state = 'confirmed', confirmed_at = $2, updated_at = $2, resume_at = NULL,
            due_minor = $3
        WHERE edit_id = $1 AND state = 'confirming' AND attempt = $4
        """,
        edit.edit_id,
        now,
        settlement.more_minor,
        edit.attempt,
    )
    if moved:
        await _let_order_go(tx, edit)
    return bool(moved)


async def keep_refund(tx: Transaction, edit_id: UUID, refund_id: UUID) -> None:
    await tx.execute("UPDATE order_edits SET refund_id = $2 WHERE edit_id = $1", edit_id, refund_id)


async def keep_return(tx: Transaction, edit_id: UUID, return_id: UUID) -> None:
    await tx.execute("UPDATE order_edits SET return_id = $2 WHERE edit_id = $1", edit_id, return_id)


async def add_words(tx: Transaction, order_id: UUID, words: list[str]) -> None:
    """The order is found by these as well."""
    await tx.execute(
        "UPDATE order_words SET words = words || array_to_tsvector($2::text[]) WHERE order_id = $1",
        order_id,
        words,
    )


async def _let_order_go(tx: Transaction, edit: EditRecord) -> None:
    await tx.execute(
        "UPDATE orders SET amending_id = NULL WHERE order_id = $1 AND amending_id = $2",
        edit.order_id,
        edit.edit_id,
    )


async def parcels(db: Connection, order_id: UUID) -> Parcels:
    row = await db.row(
        """
        SELECT count(*) AS number, coalesce(sum(f.capture_minor), 0)::bigint AS captures,
            coalesce(bool_or(f.with_shipping), false) AS borne,
            coalesce(sum(f.capture_minor) FILTER (WHERE f.state IN ('shipping', 'shipped', 'delivered')), 0)
                > (SELECT captured_minor FROM orders WHERE order_id = $1) AS unsettled
        FROM fulfilments f WHERE f.order_id = $1 AND f.state NOT IN ('failed', 'cancelled')
        """,
        order_id,
    )
    assert row is not None, "an aggregate has one row"
    return Parcels(row["number"], row["captures"], row["borne"], row["unsettled"])


async def taken_off(db: Connection, order_id: UUID) -> list[TakenOff]:
    """What the order's promotions took off, in their order."""
    text = await db.value(
        """
        SELECT coalesce(jsonb_agg(to_jsonb(p) ORDER BY p.position), '[]')::text FROM order_promotions p
        WHERE p.order_id = $1
        """,
        order_id,
    )
    return _decode_taken_off(text)


async def apply_lines(
    tx: Transaction, edit: EditRecord, awaited: Mapping[str, int], unpaid: Mapping[str, int]
) -> None:
    """The order's lines become those of the preview. The order is locked, and takes no parcel.

    `awaited` and `unpaid` are pieces that are kept back: until what they are exchanged for is here, until what is
    due is paid. Breaks a CHECK where less than was sent would be left.
    """
    await tx.execute(
        "DELETE FROM order_lines WHERE order_id = $1 AND sku <> ALL ($2::text[])",
        edit.order_id,
        [line.sku for line in edit.preview.lines],
    )
    await tx.execute(
        """
        INSERT INTO order_lines AS o (order_id, line, sku, product_id, title, options, image_url, quantity,
            unit_price_minor, discount_minor, total_minor, tax_basis_points, tax_minor, tax_added_minor, category,
            kind, tax_class, awaited_quantity, unpaid_quantity)
        SELECT $1, (SELECT coalesce(max(line), 0) FROM order_lines WHERE order_id = $1)
                + row_number() OVER (ORDER BY l.position),
            l.sku, l.product_id, l.title, l.options, l.image_url, l.quantity, l.unit_price_minor, l.discount_minor,
            l.total_minor, l.tax_basis_points, l.tax_minor, l.tax_added_minor, l.category, l.kind,
            l.tax_class, coalesce(($3::jsonb ->> l.sku)::int, 0), coalesce(($4::jsonb ->> l.sku)::int, 0)
        FROM ROWS FROM (jsonb_to_recordset($2::jsonb) AS (sku text, product_id uuid, title text, options jsonb,
            image_url text, quantity int, unit_price_minor bigint, discount_minor bigint, total_minor bigint,
            tax_basis_points int, tax_minor bigint, tax_added_minor bigint, category text, kind text,
            tax_class text))
            WITH ORDINALITY AS l (sku, product_id, title, options, image_url, quantity, unit_price_minor,
                discount_minor, total_minor, tax_basis_points, tax_minor, tax_added_minor, category, kind, tax_class,
                position)
        ON CONFLICT (order_id, sku) DO UPDATE SET quantity = excluded.quantity,
            discount_minor = excluded.discount_minor, total_minor = excluded.total_minor,
            tax_basis_points = excluded.tax_basis_points, tax_minor = excluded.tax_minor,
            tax_added_minor = excluded.tax_added_minor, tax_class = excluded.tax_class,
            awaited_quantity = least(excluded.quantity - o.fulfilled_quantity - o.cancelled_quantity,
                o.awaited_quantity + excluded.awaited_quantity),
            unpaid_quantity = least(excluded.quantity - o.fulfilled_quantity - o.cancelled_quantity,
                excluded.unpaid_quantity
                + CASE WHEN (SELECT due_minor FROM orders WHERE order_id = $1) > 0 THEN o.unpaid_quantity ELSE 0 END)
        """,
        edit.order_id,
        msgspec.json.encode(edit.preview.lines).decode(),
        msgspec.json.encode(awaited).decode(),
        msgspec.json.encode(unpaid).decode(),
    )
    await tx.execute(
        """
        WITH shares AS (
            SELECT position, ARRAY(SELECT jsonb_array_elements_text(share)::bigint) AS line_discounts
            FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS s (share, place)
            JOIN (SELECT position, row_number() OVER (ORDER BY position) AS place FROM order_promotions
                  WHERE order_id = $1) p USING (place))
        UPDATE order_promotions p SET line_discounts = shares.line_discounts,
            discount_minor = (SELECT coalesce(sum(d), 0) FROM unnest(shares.line_discounts) AS d)
        FROM shares WHERE p.order_id = $1 AND p.position = shares.position
        """,
        edit.order_id,
        msgspec.json.encode(edit.preview.taken_off).decode(),
    )


async def apply_order(tx: Transaction, edit: EditRecord, settlement: Settlement) -> None:
    """The order's sums, addresses and account become those of the edit. The order is locked."""
    wanted, totals = edit.wanted, edit.preview.totals
    await tx.execute(
        """
        UPDATE orders SET subtotal_minor = $2, discount_minor = $3, shipping_minor = $4, tax_minor = $5,
            total_minor = $6, tax_added_minor = $7, shipping_discount_minor = $8, shipping_tax_basis_points = $9,
            shipping_tax_minor = $10, adjustment_minor = $11, due_minor = $12, spare_minor = $13,
            credited_minor = credited_minor + $17,
            shipping_address = coalesce($14::jsonb, shipping_address),
            billing_address = coalesce($15::jsonb, billing_address), shipping_method = coalesce($16, shipping_method),
            pickup = CASE WHEN $16::text IS NULL THEN pickup END
        WHERE order_id = $1
        """,
        edit.order_id,
        totals.subtotal_minor,
        totals.discount_minor,
        totals.shipping_minor,
        totals.tax_minor,
        totals.total_minor,
        totals.tax_added_minor,
        totals.shipping_discount_minor,
        edit.preview.shipping_tax_basis_points,
        edit.preview.shipping_tax_minor,
        settlement.adjustment_minor,
        settlement.due_minor,
        settlement.spare_minor,
        msgspec.json.encode(wanted.shipping_address).decode() if wanted.shipping_address else None,
        msgspec.json.encode(wanted.billing_address).decode() if wanted.billing_address else None,
        wanted.shipping_method,
        edit.preview.credit_minor,
    )


async def send_awaited(tx: Transaction, edit_id: UUID) -> None:
    """What an exchange's pieces were kept back for is here: they may be sent. The order is locked."""
    await tx.execute(
        """
        UPDATE order_lines l SET awaited_quantity = greatest(0, l.awaited_quantity - (piece ->> 'quantity')::int)
        FROM order_edits e, jsonb_array_elements(e.wanted -> 'sent') AS piece
        WHERE e.edit_id = $1 AND e.wanted ->> 'ship' = 'after_return'
          AND l.order_id = e.order_id AND l.sku = piece ->> 'sku'
        """,
        edit_id,
    )


async def take_due(db: Connection, now: datetime, lease_until: datetime, most: int) -> list[UUID]:
    """Edits left in the middle, each lent to this caller until `lease_until`."""
    rows = await db.fetch(
        """
        UPDATE order_edits SET resume_at = $2 WHERE edit_id IN (
            SELECT edit_id FROM order_edits WHERE resume_at <= $1 ORDER BY resume_at LIMIT $3 FOR UPDATE SKIP LOCKED)
        RETURNING edit_id
        """,
        now,
        lease_until,
        most,
    )
    return [row["edit_id"] for row in rows]
