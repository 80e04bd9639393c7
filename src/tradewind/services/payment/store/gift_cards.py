"""Gift cards as rows. A balance moves by one guarded UPDATE, with its move and its posting in the transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Connection, Row, Transaction
from tradewind.services.payment.domain import Operation
from tradewind.services.payment.references import authorisation_reference

_COLUMNS = "id, ending, currency, issued_minor, balance_minor, held_minor, active, expires_at"


@dataclass(frozen=True, slots=True)
class GiftCardRecord:
    id: UUID
    ending: str
    currency: str
    issued_minor: int
    balance_minor: int
    held_minor: int
    active: bool
    expires_at: datetime | None

    def problem(self, currency: str, now: datetime) -> str | None:
        """Why nothing can be paid with it; None if something can."""
        if not self.active:
            return "gift_card_disabled"
        if self.expires_at is not None and self.expires_at <= now:
            return "gift_card_expired"
        if self.currency != currency:
            return "gift_card_currency"
        return None if self.balance_minor > 0 else "gift_card_empty"


def _record(row: Row) -> GiftCardRecord:
    return GiftCardRecord(**{name.strip(): row[name.strip()] for name in _COLUMNS.split(",")})


async def by_code(db: Connection, code_mac: bytes) -> GiftCardRecord | None:
    row = await db.row(f"SELECT {_COLUMNS} FROM gift_cards WHERE code_mac = $1", code_mac)
    return None if row is None else _record(row)


async def load(db: Connection, card_id: UUID) -> GiftCardRecord | None:
    row = await db.row(f"SELECT {_COLUMNS} FROM gift_cards WHERE id = $1", card_id)
    return None if row is None else _record(row)


async def insert(
    tx: Transaction, card: GiftCardRecord, code_mac: bytes, note: str, actor: str, now: datetime
) -> None:
    await tx.execute(
        """
        WITH issued AS (
            INSERT INTO gift_cards (id, code_mac, ending, currency, issued_minor, balance_minor, expires_at, note,
                issued_by, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $9))
        INSERT INTO gift_card_moves (gift_card_id, kind, amount_minor, reference, actor, at)
        VALUES ($1, 'issue', $5, 'gift-card-' || $1::uuid::text, $8, $9)
        """,
        card.id,
        code_mac,
        card.ending,
        card.currency,
        card.issued_minor,
        card.expires_at,
        note,
        actor,
        now,
    )


async def hold(tx: Transaction, card_id: UUID, amount_minor: int, now: datetime) -> bool:
    """Set so much of the balance aside for an order. False where less is left, or it was disabled."""
    held = await tx.execute(
        """
        UPDATE gift_cards
        SET balance_minor = balance_minor - $2, held_minor = held_minor + $2, updated_at = $3
        WHERE id = $1 AND active AND balance_minor >= $2 AND (expires_at IS NULL OR expires_at > $3)
        """,
        card_id,
        amount_minor,
        now,
    )
    return held == 1


async def write_hold(
    tx: Transaction, card_id: UUID, amount_minor: int, reference: str, order_id: UUID, now: datetime
) -> None:
    await _write(tx, card_id, "hold", amount_minor, reference, order_id, now)


async def move(tx: Transaction, operation: Operation, now: datetime) -> None:
    """What a capture, refund or void of a gift card's payment does to it. A card that was disabled or has expired
    takes back what is given back: whether it may be used again is for staff to say."""
    balance, held, kind = {
        "capture": (0, -1, "redeem"),
        "refund": (1, 0, "refund"),
        "void": (1, -1, "release"),
    }[operation.kind]
    card_id = await card_of(tx, operation.order_id, operation.number, operation.attempt)
    moved = await tx.execute(
        """
        UPDATE gift_cards
        SET balance_minor = balance_minor + $2, held_minor = held_minor + $3, updated_at = $4
        WHERE id = $1 AND held_minor + $3 >= 0
        """,
        card_id,
        balance * operation.amount_minor,
        held * operation.amount_minor,
        now,
    )
    assert moved == 1, f"{operation.reference}: the card holds less than its payment"
    await _write(tx, card_id, kind, operation.amount_minor, operation.reference, operation.order_id, now)


async def release(
    tx: Transaction, order_id: UUID, number: int, attempt: int, amount_minor: int, now: datetime
) -> None:
    """The rest of a hold, once its order is complete."""
    card_id = await card_of(tx, order_id, number, attempt)
    moved = await tx.execute(
        """
        UPDATE gift_cards
        SET balance_minor = balance_minor + $2, held_minor = held_minor - $2, updated_at = $3
        WHERE id = $1 AND held_minor >= $2
        """,
        card_id,
        amount_minor,
        now,
    )
    assert moved == 1, f"order {order_id}: the card holds less than its payment"
    reference = f"let-go-{authorisation_reference(order_id, attempt, number)}-{now.timestamp():.6f}"
    await _write(tx, card_id, "release", amount_minor, reference, order_id, now)


async def card_of(tx: Connection, order_id: UUID, number: int, attempt: int) -> UUID:
    card_id: UUID | None = await tx.value(
        "SELECT gift_card_id FROM attempts WHERE order_id = $1 AND number = $2 AND attempt = $3",
        order_id,
        number,
        attempt,
    )
    assert card_id is not None, "a payment by gift card knows its card"
    return card_id


async def set_active(tx: Transaction, card_id: UUID, now: datetime, *, active: bool) -> bool:
    return bool(
        await tx.execute(
            "UPDATE gift_cards SET active = $2, updated_at = $3 WHERE id = $1", card_id, active, now
        )
    )


async def _write(
    tx: Transaction,
    card_id: UUID,
    kind: str,
    amount_minor: int,
    reference: str,
    order_id: UUID,
    now: datetime,
) -> None:
    await tx.execute(
        """
        INSERT INTO gift_card_moves (gift_card_id, kind, amount_minor, reference, order_id, at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        card_id,
        kind,
        amount_minor,
        reference,
        order_id,
        now,
    )
