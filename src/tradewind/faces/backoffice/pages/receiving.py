"""What comes in: purchase orders and transfers that are expected, and what wants a bin."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

LIST = "/admin/receiving"
EXPECTED = ("placed", "partly_received")
UNDER_WAY = ("sent", "partly_received")


async def show_receiving(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    *found, tasks = await visit.api.together(
        *(visit.api.get("/v1/purchase-orders", state=state, limit=50) for state in EXPECTED),
        *(visit.api.get("/v1/transfers", state=state, limit=50) for state in UNDER_WAY),
        visit.api.get("/v1/put-away", cursor=visit.query["cursor"] or None),
    )
    orders = [order for listed in found[: len(EXPECTED)] for order in listed["items"]]
    transfers = [one for listed in found[len(EXPECTED) :] for one in listed["items"]]
    return await page(
        visit,
        "receiving.html",
        status,
        orders=sorted(orders, key=lambda order: order["expected_on"]),
        transfers=transfers,
        tasks=tasks,
        errors=errors or {},
        form=form or Fields([]),
    )


async def put_away(visit: Visit) -> Response:
    form = await visit.form()
    path = f"/v1/put-away/{quote(visit.parameter('task_id'))}"
    try:
        if form["move"] == "cancel":
            await visit.api.post(f"{path}/cancellation", key=form["key"])
        else:
            body = {"bin": form["bin"].upper(), "quantity": form.whole_as_typed("quantity", 0)}
            await visit.api.post(f"{path}/placements", body, key=form["key"])
    except ApiProblem as problem:
        return await show_receiving(visit, by_field(visit, problem), form, problem.status)
    return done(visit, LIST, "put_away")
