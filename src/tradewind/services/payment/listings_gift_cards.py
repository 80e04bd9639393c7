"""What staff, and whoever holds one, read of gift cards."""

from __future__ import annotations

from uuid import UUID

from tradewind.contracts.common import Money, Page
from tradewind.contracts.payment import GiftCode
from tradewind.kernel.errors import NotFound
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection, Row
from tradewind.services.payment.codes import code_mac
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.shapes.gift_cards import (
    GiftCardBalance,
    GiftCardMove,
    GiftCardPage,
    GiftCardShown,
    GiftCardsQuery,
)
from tradewind.services.payment.store import gift_cards

_SHOWN = """
    id, ending, currency, issued_minor, balance_minor, held_minor, active, expires_at, note, issued_by, created_at
"""
MOST_MOVES = 200


async def gift_card_balance(deps: Deps, code: GiftCode) -> GiftCardBalance:
    """Raises NotFound(gift_card_not_found). The route's cost slows guessing down."""
    card = await gift_cards.by_code(deps.db, code_mac(deps.sealer, code))
    if card is None:
        raise NotFound("gift_card_not_found", "no gift card has this code", field="code")
    usable = card.problem(card.currency, deps.clock.now()) is None
    return GiftCardBalance(Money(card.balance_minor, card.currency), usable, card.ending, card.expires_at)


async def list_gift_cards(db: Connection, query: GiftCardsQuery) -> Page[GiftCardShown]:
    before = decode_cursor(query.cursor, tuple[UUID])[0] if query.cursor else None
    rows = await db.fetch(
        f"""
        SELECT {_SHOWN} FROM gift_cards
        WHERE ($1::text IS NULL OR ending = upper($1)) AND ($2::bool IS NULL OR active = $2)
            AND ($3::uuid IS NULL OR id < $3)
        ORDER BY id DESC LIMIT $4
        """,
        query.ending,
        query.active,
        before,
        query.limit + 1,
    )
    shown = rows[: query.limit]
    following = encode_cursor(shown[-1]["id"]) if len(rows) > query.limit else None
    return Page([_shown(row) for row in shown], following)


async def gift_card_shown(db: Connection, card_id: UUID) -> GiftCardShown | None:
    row = await db.row(f"SELECT {_SHOWN} FROM gift_cards WHERE id = $1", card_id)
    return None if row is None else _shown(row)


async def gift_card_page(db: Connection, card_id: UUID) -> GiftCardPage | None:
    card = await gift_card_shown(db, card_id)
    if card is None:
        return None
    rows = await db.fetch(
        """
        SELECT kind, amount_minor, reference, order_id, actor, at FROM gift_card_moves
        WHERE gift_card_id = $1 ORDER BY id DESC LIMIT $2
        """,
        card_id,
        MOST_MOVES,
    )
    currency = card.issued.currency
    moves = [
        GiftCardMove(
            row["kind"],
            Money(row["amount_minor"], currency),
            row["reference"],
            row["order_id"],
            row["actor"],
            row["at"],
        )
        for row in rows
    ]
    return GiftCardPage(card, moves)


def _shown(row: Row) -> GiftCardShown:
    currency = row["currency"]
    redeemed = row["issued_minor"] - row["balance_minor"] - row["held_minor"]
    return GiftCardShown(
        row["id"],
        row["ending"],
        Money(row["issued_minor"], currency),
        Money(row["balance_minor"], currency),
        Money(row["held_minor"], currency),
        Money(redeemed, currency),
        row["active"],
        row["expires_at"],
        row["note"],
        row["issued_by"],
        row["created_at"],
    )
