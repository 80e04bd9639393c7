"""What was left in the middle after the sale is driven on: parcels that came back, edits, claims."""

from __future__ import annotations

from uuid import UUID

from tradewind.services.order.deps import Deps
from tradewind.services.order.resuming import BATCH, drive_each, lease
from tradewind.services.order.store import claims, edits, returns
from tradewind.services.order.use_cases.confirm_edit import drive_edit
from tradewind.services.order.use_cases.decide_claim import drive_claim
from tradewind.services.order.use_cases.receive_return import drive_receipt


async def resume_after_sale(deps: Deps) -> str:
    """Every receipt, edit and claim reaches an end, whoever died in the middle of it."""
    now, until = lease(deps)
    driven = 0
    for take_due, drive in (
        (returns.take_due, _receipt),
        (edits.take_due, _edit),
        (claims.take_due, _claim),
    ):
        due = await take_due(deps.db, now, until, BATCH)
        driven += await drive_each(deps, due, drive, "after_sale_waits", lambda id_: {"id": id_})
    return f"{driven} driven"


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
