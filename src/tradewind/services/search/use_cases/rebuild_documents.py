"""All documents anew: what events should have told is asked for once more, without them.

Every product is marked, those that are known here and those that the product service knows; then they are asked for
like any other that is marked. Searches go on meanwhile: each document is replaced by itself, and each index is
then built beside the one that answers.
"""

from __future__ import annotations

from tradewind.services.search.deps import Deps
from tradewind.services.search.store import documents, progress


async def rebuild_documents(deps: Deps) -> bool:
    """One step of a rebuild that is wanted; False where there is nothing to do now: none is wanted, another process
    does it, or what is marked is still being asked for. Raises Unavailable where the product service does not answer.
    """
    rebuild = await progress.hold_rebuild(deps.db, deps.clock.now())
    if rebuild is None:
        return False
    try:
        if rebuild.state == "marking":
            await _mark_all(deps, rebuild)
            return True
        if await documents.any_anew(deps.db):
            return False
        await progress.finish_rebuild(deps.db, rebuild, deps.clock.now())
    finally:
        await progress.let_go(deps.db)
    deps.something_changed.set()
    return True


async def _mark_all(deps: Deps, rebuild: progress.Rebuild) -> None:
    after, more = rebuild.after, True
    while more:
        page = await deps.product.documents_after(after, deps.settings.refresh_batch_products)
        more = page.next is not None
        async with deps.db.begin() as tx:
            if after is None:
                await documents.mark_all(tx, deps.clock.now())
            await documents.mark(tx, [one.product_id for one in page.items], deps.clock.now(), anew=True)
            if not await progress.advance_rebuild(tx, rebuild, page.next, deps.clock.now(), last=not more):
                return
            tx.after_commit(deps.something_stale.set)
        after = page.next
