"""What processors pay out: settlement files, what does not fit in them, payouts, and webhooks that were parked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.backoffice.rows import people
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

LIST = "/admin/settlements"
TABS = {
    "": marked("Settlement files"),
    "exceptions": marked("Exceptions"),
    "payouts": marked("Payouts"),
    "webhooks": marked("Parked webhooks"),
}
PROBLEMS = {
    "unknown": marked("Unknown to us"),
    "missing": marked("Missing at the processor"),
    "amount_differs": marked("Another amount"),
    "currency_differs": marked("Another currency"),
    "twice": marked("There twice"),
}
STATES = {
    "matched": marked("Matched"),
    "repeated": marked("Known already"),
    "exception": marked("Does not fit"),
}
KINDS = {
    "capture": marked("Captured"),
    "refund": marked("Refunded"),
    "dispute": marked("Dispute"),
    "dispute_reversal": marked("Dispute won"),
    "payout": marked("Payout"),
    "fee": marked("Fee"),
    "adjustment": marked("Adjustment"),
}
RESOLUTIONS = {
    "difference_posted": marked("The difference is posted"),
    "ignored": marked("Ignored"),
    "settled": marked("It came later"),
}
COLUMNS = {
    "kind_column": marked("Column of the kind"),
    "reference_column": marked("Column of the reference"),
    "key_column": marked("Column of a line's own id"),
    "amount_column": marked("Column of the amount"),
    "fee_column": marked("Column of the fee"),
    "currency_column": marked("Column of the currency"),
    "day_column": marked("Column of the day"),
    "payout_column": marked("Column of the payout"),
}
COLUMN_NAMES = {
    "kind_column": "kind",
    "reference_column": "reference",
    "amount_column": "amount",
    "currency_column": "currency",
    "day_column": "settled_on",
}
WEBHOOK_PROBLEMS = {
    "reference_unknown": marked("It names what we do not know"),
    "amount_differs": marked("Another amount"),
    "currency_differs": marked("Another currency"),
    "order_differs": marked("It is of another order"),
    "processor_differs": marked("It is of another processor's payment"),
    "dispute_unknown": marked("Its processor knows no such dispute"),
    "dispute_differs": marked("The dispute does not fit its payment"),
}


async def show_settlements(
    visit: Visit,
    errors: Mapping[str, str] | None = None,
    form: Fields | None = None,
    status: int = 200,
    problems: Any = None,
    view: str = "",
) -> Response:
    """`view` is the tab that a form was sent from; without it the address says which."""
    view = view or (visit.query["view"] if visit.query["view"] in TABS else "")
    return await page(
        visit,
        "settlements.html",
        status,
        tabs_shown=TABS,
        view=view,
        problem_words=PROBLEMS,
        resolution_words=RESOLUTIONS,
        webhook_words=WEBHOOK_PROBLEMS,
        columns=COLUMNS,
        column_names=COLUMN_NAMES,
        errors=errors or {},
        form=form or Fields([]),
        problems=problems or [],
        **await _listed(visit, view),
    )


async def _listed(visit: Visit, view: str) -> dict[str, Any]:
    cursor = visit.query["cursor"] or None
    if view == "exceptions":
        state = "resolved" if visit.query["state"] == "resolved" else "open"
        found = await visit.api.get("/v1/settlement-exceptions", limit=50, cursor=cursor, state=state)
        known = await people(visit, [one["resolved_by"] for one in found["items"]])
        return {"listed": found, "state": state, "people": known}
    if view == "payouts":
        days = {name: visit.query[name] or None for name in ("from_day", "to_day")}
        return {"listed": await visit.api.get("/v1/payouts", **days), "days": days}
    if view == "webhooks":
        found = await visit.api.get("/v1/received-webhooks", limit=50, cursor=cursor, state="parked")
        return {"listed": found}
    files, rules = await visit.api.together(
        visit.api.get("/v1/settlements", limit=25, cursor=cursor), visit.api.get("/v1/payment-rules")
    )
    known = await people(visit, [one["uploaded_by"] for one in files["items"]])
    return {"listed": files, "processors": rules["processors"], "people": known}


async def show_settlement(visit: Visit) -> Response:
    path = f"/v1/settlements/{visit.parameter('settlement_id')}"
    state = visit.query["state"] if visit.query["state"] in STATES else None
    shown, lines = await visit.api.together(
        visit.api.get(path),
        visit.api.get(f"{path}/lines", limit=50, cursor=visit.query["cursor"] or None, state=state),
    )
    return await page(
        visit,
        "settlement.html",
        shown=shown,
        lines=lines,
        state=state,
        state_words=STATES,
        kinds=KINDS,
        people=await people(visit, [shown["uploaded_by"]]),
    )


async def take_settlement(visit: Visit) -> Response:
    """The file's lines as they were pasted. Longer files are sent to the API by admin-file.js."""
    form = await visit.form()
    for field in ("file_name", "content"):
        if not form[field].strip():
            return await show_settlements(visit, {field: mistake(visit, "required")}, form, 422)
    query = {"processor": form["processor"], "file_name": form["file_name"]}
    if form["columns"] == "mapped":
        query |= {name: form[name] for name in ("columns", *COLUMNS, "kinds") if form[name]}
    try:
        taken = await visit.api.call(
            "POST", "/v1/settlements", form["content"].encode(), key=form["key"], query=query
        )
    except ApiProblem as problem:
        problem.field = "content" if problem.field == "body" else problem.field
        wrong = by_field(visit, problem, ("content", "processor", "file_name", *COLUMNS, "kinds"))
        return await show_settlements(visit, wrong, form, problem.status, problem.details.get("problems"))
    return done(visit, f"{LIST}/{taken['settlement_id']}", "settlement_taken")


async def resolve_exception(visit: Visit) -> Response:
    form = await visit.form()
    path = f"/v1/settlement-exceptions/{visit.parameter('exception_id')}/resolution"
    try:
        await visit.api.post(path, {"action": form["action"], "note": form["note"]}, key=form["key"])
    except ApiProblem as problem:
        wrong = by_field(visit, problem)
        return await show_settlements(visit, wrong, form, problem.status, view="exceptions")
    return done(visit, f"{LIST}?view=exceptions", "exception_saved")


async def replay_webhook(visit: Visit) -> Response:
    form = await visit.form()
    path = f"/v1/received-webhooks/{visit.parameter('received_webhook_id')}/replay"
    try:
        shown = await visit.api.post(path, key=form["key"])
    except ApiProblem as problem:
        wrong = by_field(visit, problem)
        return await show_settlements(visit, wrong, form, problem.status, view="webhooks")
    state = "webhook_parked" if shown["state"] == "parked" else "webhook_applied"
    return done(visit, f"{LIST}?view=webhooks", state)


async def download_payouts(visit: Visit) -> Response:
    days = {name: visit.query[name] or None for name in ("from_day", "to_day")}
    answer = await visit.api.exchange("GET", "/v1/payouts", query={**days, "format": "csv"})
    if answer.status != 200:
        raise ApiProblem(answer.status, msgspec.json.decode(answer.body))
    headers = [
        (b"content-type", b"text/csv; charset=utf-8"),
        (b"content-disposition", b'attachment; filename="payouts.csv"'),
        (b"cache-control", b"no-store"),
    ]
    return visit.answer(Response(answer.status, answer.body, headers, stream=answer.stream))
