"""How a draft is sent: the shop's methods, and what one costs for the articles and the address that were typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tradewind.faces.backoffice.refusals import ROW, mistake, said
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Fields, Visit


async def shipping_choices(visit: Visit, chosen: str) -> list[tuple[str, str]]:
    """By code and name; one that the shop has no more is kept where it was chosen."""
    methods = (await visit.api.get("/v1/shipping-methods"))["items"]
    names = {one["code"]: one["name"] for one in methods if one["active"] or one["code"] == chosen}
    return list((names if not chosen or chosen in names else {chosen: chosen, **names}).items())


async def price_of_method(
    visit: Visit, form: Fields, currency: str, lines: Sequence[Mapping[str, Any]], errors: dict[str, str]
) -> int:
    """What the chosen method costs for the articles at their prices of the day; what is wrong goes into `errors`."""
    rows = [row for row, line in enumerate(lines) if "sku" in line]
    if not rows:
        errors["shipping_price"] = mistake(visit, "shipping_price_missing")
        return 0
    asked = {
        "lines": [{"sku": lines[row]["sku"], "quantity": lines[row]["quantity"]} for row in rows],
        "currency": currency,
        "country": form["country"] or None,
        "postal_code": form["postal_code"],
        "region": form["region"],
    }
    try:
        options = (await visit.api.post("/v1/quotes", asked))["shipping_options"]
    except ApiProblem as problem:
        if problem.status >= 500:
            raise
        place = ROW.match(problem.field or "")
        row = rows[int(place[1])] if place and int(place[1]) < len(rows) else None
        errors["shipping_price" if row is None else f"lines:{row}"] = said(visit, problem)
        return 0
    for option in options:
        if option["code"] == form["shipping_method"]:
            return int(option["price_minor"])
    go = ", ".join(option["name"] for option in options)
    errors["shipping_method"] = (
        visit.gettext(
            "This does not go to this address, or not with this weight. These do: %(names)s", names=go
        )
        if go
        else mistake(visit, "no_method_goes")
    )
    return 0
