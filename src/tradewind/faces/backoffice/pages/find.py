"""What the command palette finds of orders, products and customers; without a script, a page of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.places import all_places, open_deeds, open_groups
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.http import Response

MOST = 5


async def show_found(visit: Visit) -> Response:
    words = visit.query["q"][:100]
    orders, products, customers = await visit.api.together(
        _found(visit, "orders:read", "/v1/orders", words),
        _found(visit, "products:read", "/v1/products", words, status="any"),
        _found(visit, "customers:read", "/v1/customers", words),
    )
    return await page(
        visit,
        "find.html",
        words=words,
        orders=orders,
        products=products,
        customers=customers,
        places=all_places(open_groups(visit)),
        deeds=open_deeds(visit),
    )


async def _found(
    visit: Visit, permission: str, path: str, words: str, **query: Any
) -> Sequence[Mapping[str, Any]]:
    if not words or not visit.may(permission):
        return ()
    try:
        answer = await visit.api.get(path, q=words, limit=MOST, **query)
    except ApiProblem as problem:
        if problem.status >= 500:
            raise
        return ()  # words that cannot be searched for find nothing
    found: Sequence[Mapping[str, Any]] = answer["items"]
    return found
