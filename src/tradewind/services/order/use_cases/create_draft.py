"""Staff put an order together for a customer: nothing is held or charged before it is paid."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.ports.database import Transaction
from tradewind.services.order.deps import Deps
from tradewind.services.order.domain.timeline import STAFF_NOTE
from tradewind.services.order.drafting import drafted
from tradewind.services.order.shapes.drafts import Draft, DraftTerms, NewDraft
from tradewind.services.order.store import drafts, orders
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.views import order_view


async def create_draft(deps: Deps, caller: Principal, new: NewDraft, once: Once) -> Draft:
    """Raises Invalid with the field that is wrong."""
    order = await drafted(deps, new, order_id=deps.clock.new_id(), origin="draft")
    return await keep_draft(deps, caller, order, terms_of(new), new.note, once)


async def keep_draft(
    deps: Deps, caller: Principal, order: OrderRecord, terms: DraftTerms, note: str, once: Once
) -> Draft:
    async with deps.db.begin() as tx:
        await drafts.insert(tx, order, terms, deps.settings.number_prefix, caller.name)
        if note:
            await orders.note(tx, order.order_id, note, caller.name, deps.clock.now(), kind=STAFF_NOTE)
        return await once.answer(tx, await draft_view(deps, tx, order.order_id))


def terms_of(new: DraftTerms) -> DraftTerms:
    """Without what is asked for once."""
    return DraftTerms(**{name: getattr(new, name) for name in DraftTerms.__struct_fields__})


async def find_draft(deps: Deps, order_id: UUID) -> OrderRecord:
    """Raises NotFound(draft_not_found), Conflict(not_a_draft) for one that was paid, or ended."""
    order = await orders.load(deps.db, order_id)
    if order is None or order.origin not in ("draft", "reissue"):
        raise NotFound("draft_not_found", "there is no such draft")
    if order.state != "draft":
        raise Conflict("not_a_draft", f"this order is {order.state.value}: it is changed as orders are")
    return order


async def draft_view(deps: Deps, tx: Transaction, order_id: UUID) -> Draft:
    order, draft = await orders.load(tx, order_id), await drafts.load(tx, order_id)
    assert order is not None, "orders are never deleted"
    assert draft is not None, "nor are drafts"
    shown = order_view(order, deps.settings, staff=True)
    return Draft(shown, draft.terms, order.sent_at, draft.reserved_at, draft.message)
