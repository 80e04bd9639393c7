"""A customer deletes a saved method: nobody pays with it from now on, and its processor forgets it."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import NotFound
from tradewind.kernel.idempotency import Once
from tradewind.kernel.telemetry import log
from tradewind.ports.payment_gateway import Moved, SavedSource
from tradewind.ports.payment_gateway import NotFound as NotKnown
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.store import saved_methods
from tradewind.services.payment.store.saved_methods import SavedRecord


async def delete_saved_method(deps: Deps, customer_id: UUID, method_id: UUID, once: Once) -> None:
    """The processor is told by the job, for as long as it takes. Raises NotFound(saved_method_not_found)."""
    async with deps.db.begin() as tx:
        if not await saved_methods.delete(tx, method_id, customer_id, deps.clock.now()):
            raise NotFound("saved_method_not_found", "there is no such saved method")
        await once.answer(tx, None)


async def have_forgotten(deps: Deps, saved: SavedRecord) -> None:
    """Safe to repeat. A processor that the shop does not have any more cannot be told: what it kept is useless
    without its key."""
    if saved.sealed_source is None or saved.processor not in deps.gateways.names:
        await saved_methods.forgotten(deps.db, saved.id)
        return
    source = saved_methods.opened(deps.saved, saved).saved
    assert source is not None, "a saved method is of an instrument"
    outcome = await deps.gateways.named(saved.processor).forget(SavedSource(*source))
    if isinstance(outcome, Moved | NotKnown):
        await saved_methods.forgotten(deps.db, saved.id)
    else:
        log.warning("saved_method_not_forgotten", method_id=saved.id, processor=saved.processor)
