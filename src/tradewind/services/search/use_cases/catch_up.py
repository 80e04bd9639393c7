"""The index of this process becomes a copy of the documents again: by what changed, or anew, beside the old."""

from __future__ import annotations

from tradewind.kernel.errors import Unavailable
from tradewind.ports.search_index import Held, SearchIndexUnavailable
from tradewind.services.search.deps import Deps
from tradewind.services.search.queries import copies

MOST_AT_ONCE = 2000  # products whose index is built while whoever asks waits


async def catch_up(deps: Deps) -> int:
    """Answers how many changes were taken in. Raises SearchIndexUnavailable."""
    async with deps.catching_up:
        taken = await _catch_up(deps)
    deps.something_to_search.set()
    return taken


async def have_index(deps: Deps) -> None:
    """Where this process has no index yet, that of a small shop is built first. Raises SearchIndexUnavailable."""
    if deps.something_to_search.is_set():
        return
    held = await deps.index.held()
    if held is None and await copies.number_listed(deps.db) > MOST_AT_ONCE:
        raise SearchIndexUnavailable("the index is being built")
    await catch_up(deps)


async def _catch_up(deps: Deps) -> int:
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


async def open_index(deps: Deps) -> None:
    """Whoever is ready answers from the index that was kept. One that is still to be built keeps nobody waiting: the
    rest of the shop serves meanwhile. Raises Unavailable where its folder cannot be used."""
    try:
        await deps.index.held()
    except SearchIndexUnavailable as error:
        raise Unavailable("search_unavailable", str(error)) from error
