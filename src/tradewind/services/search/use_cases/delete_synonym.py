"""Words no longer stand for one another."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.errors import NotFound
from tradewind.kernel.idempotency import Once
from tradewind.services.search.deps import Deps
from tradewind.services.search.store import synonyms
from tradewind.services.search.use_cases.remember import forget_memory


async def delete_synonym(deps: Deps, synonym_id: UUID, once: Once) -> None:
    """Raises NotFound."""
    async with deps.db.begin() as tx:
        if not await synonyms.delete(tx, synonym_id):
            raise NotFound("synonym_not_found", "there is no such synonym")
        tx.after_commit(lambda: forget_memory(deps))
        await once.answer(tx, None)
