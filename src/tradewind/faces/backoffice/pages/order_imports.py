"""Histories: the orders of another system come in, how that went, and what was wrong in them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

LIST = "/admin/order-imports"


async def show_order_imports(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None
) -> Response:
    imports = await visit.api.get("/v1/order-imports", limit=25, cursor=visit.query["cursor"] or None)
    return await page(
        visit,
        "order_imports.html",
        422 if errors else 200,
        imports=imports,
        errors=errors or {},
        form=form or Fields([]),
    )


async def import_orders(visit: Visit) -> Response:
    """What was pasted; files are sent by the page's script, in parts."""
    form = await visit.form()
    if not form["rows"].strip():
        return await show_order_imports(visit, {"rows": mistake(visit, "required")}, form)
    query = {"source": form["source"], "format": "csv" if form["format"] == "csv" else "jsonl"}
    answer = await visit.api.exchange(
        "POST",
        "/v1/order-imports",
        form["rows"].encode(),
        key=form["key"],
        query=query,
        content_type="text/plain",
    )
    document = msgspec.json.decode(answer.body)
    if answer.status >= 400:
        problem = ApiProblem(answer.status, document)
        problem.field = "rows" if problem.field == "body" else problem.field
        return await show_order_imports(visit, by_field(visit, problem, ("source", "rows")), form)
    return done(visit, f"{LIST}/{document['import_id']}", "orders_imported")


async def show_order_import(visit: Visit) -> Response:
    import_id = visit.parameter("import_id")
    path = f"/v1/order-imports/{import_id}"
    shown, errors = await visit.api.together(
        visit.api.get(path),
        visit.api.get(f"{path}/errors", limit=50, cursor=visit.query["cursor"] or None),
    )
    return await page(visit, "order_import.html", shown=shown, problems=errors)
