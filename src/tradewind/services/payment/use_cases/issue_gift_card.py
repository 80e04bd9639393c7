"""Staff issue a gift card: its code is told once, and a liability is posted."""

from __future__ import annotations

from tradewind.contracts.currencies import check_currency
from tradewind.kernel.errors import Invalid
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.payment.codes import code_mac, new_code
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.listings_gift_cards import gift_card_shown
from tradewind.services.payment.shapes.gift_cards import GiftCardIssued, IssueGiftCard
from tradewind.services.payment.store import gift_cards, ledger
from tradewind.services.payment.store.gift_cards import GiftCardRecord


async def issue_gift_card(
    deps: Deps, caller: Principal, command: IssueGiftCard, once: Once
) -> GiftCardIssued:
    """Raises Invalid(currency_unknown), Invalid(expires_in_the_past)."""
    check_currency(command.currency)
    now, code = deps.clock.now(), new_code()
    if command.expires_at is not None and command.expires_at <= now:
        raise Invalid("expires_in_the_past", "a card that has expired pays nothing", field="expires_at")
    card = GiftCardRecord(
        deps.clock.new_id(),
        code[-4:],
        command.currency,
        command.amount_minor,
        command.amount_minor,
        0,
        True,
        command.expires_at,
    )
    async with deps.db.begin() as tx:
        await gift_cards.insert(tx, card, code_mac(deps.sealer, code), command.note, caller.name, now)
        entries = (("customer_receivable", card.issued_minor), ("gift_cards", -card.issued_minor))
        await ledger.post(tx, f"gift-card-{card.id}", entries, card.currency, now)
        shown = await gift_card_shown(tx, card.id)
        assert shown is not None, "it was issued just now"
        return await once.answer(tx, GiftCardIssued(code, shown))
