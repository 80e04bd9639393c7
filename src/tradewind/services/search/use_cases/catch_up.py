"""The index of this process becomes a copy of the documents again: by what changed, or anew, beside the old."""

from __future__ import annotations

from tradewind.ports.search_index import Held
from tradewind.services.search.deps import Deps
from tradewind.services.search.queries import copies


async def catch_up(deps: Deps) -> int:
    """Answers how many changes were taken in. Raises SearchIndexUnavailable."""
    source = await copies.source(deps.db)
    held = await deps.index.held()
    if held is None or held.source != source.name or held.position > source.last_change:
        held = Held(source.name, source.last_change)
        await deps.index.build(copies.all_listed(deps.db), held)
    taken = 0
    while True:
        changes = await copies.changes_after(deps.db, held.position)
        if changes.position == held.position:
            return taken
        held = Held(source.name, changes.position)
        await deps.index.apply(changes.documents, changes.gone, held)
        taken += len(changes.documents) + len(changes.gone)
