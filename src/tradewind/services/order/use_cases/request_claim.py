"""A customer, or staff for them, says what arrived damaged, wrong or not at all."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict
from tradewind.kernel.idempotency import Once
from tradewind.kernel.identity import Principal
from tradewind.services.order import telling_after
from tradewind.services.order.access import find_claim
from tradewind.services.order.claim_views import claim_view
from tradewind.services.order.deps import Deps
from tradewind.services.order.shapes.claims import Claim, NewClaim
from tradewind.services.order.shortage import shortage
from tradewind.services.order.store import claims, orders
from tradewind.services.order.store.claims import ClaimRecord
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.use_cases.fulfil_order import summed


async def request_claim(
    deps: Deps, caller: Principal, order: OrderRecord, command: NewClaim, once: Once
) -> Claim:
    """Raises Conflict(nothing_to_claim) for more than was sent and is not claimed already."""
    staff, now = caller.may("orders:write"), deps.clock.now()
    lines = summed(command.lines)
    shown = f"claim ({command.kind.replace('_', ' ')}): " + ", ".join(
        f"{line.quantity} x {line.sku}" for line in lines
    )
    async with deps.db.begin() as tx:
        await orders.note(tx, order.order_id, shown, caller.name, now, kind="claim")
        if not await claims.claimable(tx, order.order_id, lines):
            sent = {line.sku: line.fulfilled_quantity for line in order.lines}
            said = shortage("fewer of these were sent, or they are claimed already", lines, sent)
            raise Conflict("nothing_to_claim", said, field="lines")
        wanted = ClaimRecord(
            deps.clock.new_id(),
            order.order_id,
            0,
            command.kind,
            "requested",
            lines,
            list(command.evidence),
            command.note,
            not staff,
            caller.name,
            now,
            now,
        )
        await claims.insert(tx, wanted)
        made = await claims.load(tx, wanted.claim_id)
        assert made is not None, "inserted above"
        await deps.outbox.append(tx, telling_after.claim_requested(deps, order, made))
        return await once.answer(tx, claim_view(order, made, staff=staff))


async def cancel_claim(
    deps: Deps, caller: Principal, order: OrderRecord, claim_id: UUID, once: Once
) -> Claim:
    """Before it was decided. Raises NotFound(claim_not_found), Conflict(claim_decided)."""
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        await orders.note(tx, order.order_id, "claim taken back", caller.name, now, kind="claim")
        claim = await find_claim(tx, order, claim_id)
        if not await claims.move(tx, claim_id, "cancelled", now):
            raise Conflict("claim_decided", f"this claim is {claim.state}")
        ended = await claims.load(tx, claim_id)
        assert ended is not None, "claims are never deleted"
        return await once.answer(tx, claim_view(order, ended, staff=caller.may("orders:write")))
