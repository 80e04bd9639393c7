"""Zones and bins of a warehouse: where they are, what lies in them, carrying pieces between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.backoffice.rows import warehouses
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

LIST = "/admin/bins"
KINDS = {
    "pick": marked("For picking"),
    "bulk": marked("Reserve"),
    "receiving": marked("Receiving"),
    "packing": marked("Packing"),
    "quarantine": marked("Quarantine"),
}
FIELDS = ("zone", "bin", "name", "position", "capacity", "sku", "quantity", "from_bin", "to_bin")


async def show_bins(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    places = await warehouses(visit)
    asked = (form or visit.query)["warehouse"]
    chosen = next((one for one in places if one["code"] == asked), places[0] if places else None)
    zones: Mapping[str, Any] = {"items": []}
    bins: Mapping[str, Any] = {"items": [], "next": None}
    lying: Mapping[str, Any] = {"items": []}
    if chosen is not None:
        path = f"/v1/warehouses/{quote(chosen['code'])}"
        zones, bins, lying = await visit.api.together(
            visit.api.get(f"{path}/zones"),
            visit.api.get(f"{path}/bins", cursor=visit.query["cursor"] or None),
            visit.api.get("/v1/bin-stock", warehouse=chosen["code"], sku=visit.query["sku"] or None),
        )
    return await page(
        visit,
        "bins.html",
        status,
        warehouses=places,
        chosen=chosen,
        zones=zones["items"],
        bins=bins,
        lying=[one for one in lying["items"] if one["bin"] or visit.query["sku"]],
        kinds=KINDS,
        errors=errors or {},
        form=form or Fields([]),
    )


async def save_bins(visit: Visit) -> Response:
    """A zone, a bin, or pieces that were carried."""
    form = await visit.form()
    path = f"/v1/warehouses/{quote(form['warehouse'])}"
    notice = {"zone": "zone_saved", "bin": "bin_saved"}.get(form["move"], "bin_moved")
    named = {"zone": "zone", "bin": "bin"}.get(form["move"], "sku")
    if not form[named]:
        return await show_bins(visit, {named: mistake(visit, "required")}, form, 422)
    try:
        if form["move"] == "zone":
            zone: dict[str, Any] = {
                "name": form["name"] or form["zone"],
                "position": form.whole_as_typed("position", 100),
            }
            await visit.api.put(f"{path}/zones/{quote(form['zone'].upper())}", zone, key=form["key"])
        elif form["move"] == "bin":
            bin = {
                "zone": form["zone"],
                "kind": form["kind"] or "pick",
                "position": form.whole_as_typed("position", 100),
                "capacity": form.whole_as_typed("capacity"),
            }
            await visit.api.put(f"{path}/bins/{quote(form['bin'].upper(), safe='')}", bin, key=form["key"])
        else:
            carried = {
                "warehouse": form["warehouse"],
                "sku": form["sku"],
                "quantity": form.whole_as_typed("quantity", 0),
                "from_bin": form["from_bin"].upper() or None,
                "to_bin": form["to_bin"].upper() or None,
            }
            await visit.api.post("/v1/bin-moves", carried, key=form["key"])
    except ApiProblem as problem:
        errors = by_field(visit, problem, FIELDS)
        if problem.code in ("bin_not_found", "zone_not_found"):  # a code that none can have
            errors = {named: mistake(visit, "bin_code_invalid")}
        return await show_bins(visit, errors, form, problem.status)
    return done(visit, f"{LIST}?warehouse={quote(form['warehouse'])}", notice)
