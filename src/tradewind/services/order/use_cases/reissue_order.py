"""Staff begin a draft with what an earlier order was: for a parcel that was lost, or a customer who wants it again."""

from __future__ import annotations

from tradewind.contracts.user import Account
from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.states import State
from tradewind.services.order.drafting import drafted
from tradewind.services.order.shapes.drafts import (
    Draft,
    DraftDiscount,
    DraftLine,
    DraftShipping,
    DraftTerms,
    Reissue,
)
from tradewind.services.order.store.orders import LineRecord, OrderRecord
from tradewind.services.order.use_cases.create_draft import keep_draft


async def reissue_order(
    deps: Deps, caller: Principal, order: OrderRecord, command: Reissue, once: Once
) -> Draft:
    """With today's prices, or with those of then: its discount comes along as one of staff's. Pieces that were
    cancelled are left out. Where the account was closed meanwhile, it is for the e-mail address alone.

    Raises Conflict(order_not_reissuable) for a draft, Invalid(sku_not_for_sale) for an article that has no price
    today.
    """
    if order.state is State.DRAFT:
        raise Conflict(
            "order_not_reissuable", "this is a draft: change it, or wait until it has become an order"
        )
    lines = [line for line in order.lines if line.quantity > line.cancelled_quantity] or order.lines
    account = await deps.user.account(order.account_id) if order.account_id else None
    terms = DraftTerms(
        lines=[_line(line, old=command.prices == "old") for line in lines],
        shipping_address=order.shipping_address,
        email=order.email,
        account_id=order.account_id if isinstance(account, Account) else None,
        billing_address=order.billing_address,
        currency=order.currency,
        language="de" if order.language == "de" else "en",
        discount=_discount(order) if command.prices == "old" else None,
        shipping=DraftShipping(order.shipping_method, order.shipping_minor),
    )
    draft = await drafted(deps, terms, order_id=deps.clock.new_id(), origin="reissue", before=order)
    return await keep_draft(deps, caller, draft, terms, command.note, once)


def _line(line: LineRecord, *, old: bool) -> DraftLine:
    left = line.quantity - line.cancelled_quantity or line.quantity
    if line.kind == "custom":
        return DraftLine(left, None, line.title, line.unit_price_minor, line.tax_class)
    return DraftLine(left, line.sku, None, line.unit_price_minor if old else None)


def _discount(order: OrderRecord) -> DraftDiscount | None:
    if not order.discount_minor:
        return None
    return DraftDiscount("amount", f"As in {order.number}", amount_minor=order.discount_minor)
