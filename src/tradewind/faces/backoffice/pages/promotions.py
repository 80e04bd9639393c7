"""Promotions: which run, which come and which are over; switched off and on again, archived."""

from __future__ import annotations

from collections.abc import Mapping

from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.http import Response

LIST = "/admin/promotions"
KINDS = {
    "percentage": marked("Percentage"),
    "amount": marked("Amount"),
    "buy_x_get_y": marked("Buy some, get some"),
    "free_shipping": marked("Free shipping"),
}
STATES = {
    "": marked("All"),
    "running": marked("Running"),
    "scheduled": marked("To come"),
    "ended": marked("Expired"),
    "off": marked("Off"),
    "archived": marked("Archived"),
}


async def show_promotions(
    visit: Visit, errors: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    state = visit.query["state"] if visit.query["state"] in STATES else ""
    promotions = await visit.api.get(
        "/v1/promotions",
        limit=50,
        state=state or None,
        q=visit.query["q"][:120] or None,
        cursor=visit.query["cursor"] or None,
    )
    return await page(
        visit,
        "promotions.html",
        status,
        promotions=promotions,
        kinds=KINDS,
        states=STATES,
        state=state,
        errors=errors or {},
    )


async def switch_promotion(visit: Visit) -> Response:
    form = await visit.form()
    body = {"active": form["active"] == "true"}
    try:
        await visit.api.patch(_path(visit), body, key=form["key"])
    except ApiProblem as problem:
        return await show_promotions(visit, by_field(visit, problem), problem.status)
    return done(visit, LIST, "promotion_saved")


async def archive_promotion(visit: Visit) -> Response:
    form = await visit.form()
    await visit.api.post(f"{_path(visit)}/archive", key=form["key"])
    return done(visit, LIST, "promotion_archived")


def _path(visit: Visit) -> str:
    return f"/v1/promotions/{visit.parameter('promotion_id')}"
