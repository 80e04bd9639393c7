"""Who did what the books of stock say was done, as its reader may know them."""

from __future__ import annotations

from collections.abc import Iterable

from tradewind.faces.backoffice.rows import ACCOUNT, people
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit

YOU = marked("You")
COLLEAGUE = marked("Staff %(id)s")
API_KEY = marked("API key %(id)s")
PLATFORM = marked("The platform")


async def doers(visit: Visit, actors: Iterable[str | None]) -> dict[str, str]:
    """By the actor that the books name. Colleagues whom the reader may not look up are told apart by their ids."""
    known = [actor for actor in set(actors) if actor]
    me = visit.request.principal.name
    names = await people(visit, [actor for actor in known if actor != me])
    return {
        actor: visit.gettext(YOU) if actor == me else names.get(actor) or _kind(visit, actor)
        for actor in known
    }


def _kind(visit: Visit, actor: str) -> str:
    if actor.startswith(ACCOUNT):
        return visit.gettext(COLLEAGUE, id=actor[-4:])
    if actor.startswith("api_key:"):
        return visit.gettext(API_KEY, id=actor[-4:])
    return visit.gettext(PLATFORM)
