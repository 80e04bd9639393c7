"""Staff disable a gift card, or let it be used again. What orders hold of it stays theirs."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.listings_gift_cards import gift_card_shown
from tradewind.services.payment.shapes.gift_cards import GiftCardShown
from tradewind.services.payment.store import gift_cards


async def set_gift_card_active(deps: Deps, card_id: UUID, once: Once, *, active: bool) -> GiftCardShown:
    async with deps.db.begin() as tx:
        if not await gift_cards.set_active(tx, card_id, deps.clock.now(), active=active):
            raise NotFound("gift_card_not_found", "there is no such gift card")
        shown = await gift_card_shown(tx, card_id)
        assert shown is not None, "gift cards are never removed"
        return await once.answer(tx, shown)
