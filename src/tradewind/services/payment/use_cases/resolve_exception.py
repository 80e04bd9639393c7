"""A person decides about what does not fit in a settlement file."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import Conflict, NotFound
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import Row, Transaction
from tradewind.services.payment import listings_settlements
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.reconciling import difference_entries
from tradewind.services.payment.shapes.settlements import ResolveBody, SettlementException
from tradewind.services.payment.store import ledger, settlements

_RESOLUTIONS = {"post_difference": "difference_posted", "ignore": "ignored"}


async def resolve_exception(
    deps: Deps, actor: str, exception_id: UUID, body: ResolveBody, once: Once
) -> SettlementException:
    """Raises NotFound(exception_not_found), Conflict(exception_resolved)."""
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        if body.action == "note":
            found = await settlements.note(tx, exception_id, body.note)
        else:
            resolution = _RESOLUTIONS[body.action]
            row = await settlements.resolve(tx, exception_id, resolution, body.note, actor, now)
            found = row is not None
            if row is not None and body.action == "post_difference":
                await _post(deps, tx, exception_id, row)
        shown = await listings_settlements.exception_shown(tx, exception_id)
        if shown is None:
            raise NotFound("exception_not_found", "there is no such exception")
        if not found:
            raise Conflict("exception_resolved", f"it was resolved by {shown.resolved_by}")
        return await once.answer(tx, shown)


async def _post(deps: Deps, tx: Transaction, exception_id: UUID, row: Row) -> None:
    """What is of another currency than ours is two postings."""
    entries = difference_entries(
        row["amount_minor"],
        row["fee_minor"],
        row["currency"],
        row["expected_minor"],
        row["expected_currency"],
    )
    for currency, posted in entries.items():
        await ledger.post(
            tx,
            f"exception-{exception_id}-{currency}",
            posted,
            currency,
            deps.clock.now(),
            order_id=row["order_id"],
            processor=row["processor"],
        )
