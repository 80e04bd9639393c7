"""What was left in the middle after the sale is driven on: parcels that came back, edits, claims."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from tradewind.kernel.errors import Unavailable
from tradewind.kernel.telemetry import log
from tradewind.services.order.deps import Deps
from tradewind.services.order.store import claims, edits, returns
from tradewind.services.order.use_cases.confirm_edit import drive_edit
from tradewind.services.order.use_cases.decide_claim import drive_claim
from tradewind.services.order.use_cases.pay_order import resume_soon
from tradewind.services.order.use_cases.receive_return import drive_receipt

BATCH = 50


async def resume_after_sale(deps: Deps) -> str:
    """Every receipt, edit and claim reaches an end, whoever died in the middle of it."""
    now = deps.clock.now()
    lease = now + resume_soon(deps)
    driven = 0
    for receipt_id in await returns.take_due(deps.db, now, lease, BATCH):
        driven += await _try(deps, receipt_id, _receipt)
    for edit_id in await edits.take_due(deps.db, now, lease, BATCH):
        driven += await _try(deps, edit_id, _edit)
    for claim_id in await claims.take_due(deps.db, now, lease, BATCH):
        driven += await _try(deps, claim_id, _claim)
    return f"{driven} driven"


async def _try(deps: Deps, id_: UUID, drive: Callable[[Deps, UUID], Awaitable[None]]) -> int:
    try:
        await drive(deps, id_)
    except Unavailable as error:  # the lease runs out, and it is tried again
        log.warning("after_sale_waits", id=id_, error=str(error))
        return 0
    return 1


async def _receipt(deps: Deps, receipt_id: UUID) -> None:
    receipt = await returns.load_receipt(deps.db, receipt_id)
    if receipt is not None:
        await drive_receipt(deps, receipt)


async def _edit(deps: Deps, edit_id: UUID) -> None:
    edit = await edits.load(deps.db, edit_id)
    if edit is not None:
        await drive_edit(deps, edit)


async def _claim(deps: Deps, claim_id: UUID) -> None:
    claim = await claims.load(deps.db, claim_id)
    if claim is not None:
        await drive_claim(deps, claim)
