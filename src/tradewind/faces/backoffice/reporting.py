"""Reports as pages ask for them: kept for some seconds, for all of the staff who may see the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.faces.kit.visit import Visit

KEPT_SECONDS = 10.0


async def report(visit: Visit, name: str, **query: Any) -> Mapping[str, Any]:
    """As of at most KEPT_SECONDS ago; the view's permission, or the caller, has let the visitor in. Names of
    customers are in it for who may see those alone, and so are kept apart."""

    async def ask() -> Mapping[str, Any]:
        answer: Mapping[str, Any] = await visit.api.get(f"/v1/reports/{name}", **query)
        return answer

    kept_as = ("backoffice.report", name, visit.may("customers:read"), *sorted(query.items()))
    found: Mapping[str, Any] = await visit.kept.get(kept_as, KEPT_SECONDS, ask)
    return found
