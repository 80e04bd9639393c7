"""After the sale, as its buyer meets it: sending something back, saying that something is wrong, agreeing to a
change that the shop proposes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.photos import show_photo, take_photo
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.faces.storefront import frame, orders_known
from tradewind.faces.storefront.messages import is_ours_to_say, words
from tradewind.faces.storefront.pictures import pictures_of
from tradewind.kernel.errors import NotFound
from tradewind.kernel.http import Response

REASONS = {
    "changed_mind": marked("I changed my mind"),
    "does_not_fit": marked("It does not fit"),
    "not_as_described": marked("It is not as described"),
    "defective": marked("It does not work"),
    "arrived_late": marked("It arrived too late"),
    "other": marked("Another reason"),
}
PROBLEMS = {
    "damaged": marked("It arrived damaged"),
    "missing": marked("It was missing"),
    "wrong_item": marked("It is the wrong article"),
    "other": marked("Something else is wrong"),
}
STATES = {
    "requested": marked("We are looking at it."),
    "approved": marked("Please send it to us."),
    "refused": marked("We cannot take it back."),
    "partially_received": marked("A part of it is with us."),
    "received": marked("It is with us. We are looking at it."),
    "refunded": marked("Your money is on its way back."),
    "closed": marked("It is done."),
    "cancelled": marked("You took it back."),
}
CLAIM_STATES = {
    "requested": marked("We are looking at it."),
    "accepted": marked("We are taking care of it."),
    "reserved": marked("Another one is being packed for you."),
    "shipping": marked("Another one is being packed for you."),
    "settled": marked("It is done."),
    "refused": marked("We could not agree to it."),
    "cancelled": marked("You took it back."),
}


async def show_send_back(
    visit: Visit, error: str = "", form: Fields | None = None, status: int = 200
) -> Response:
    path, token = _path(visit), _token(visit)
    order = await visit.api.get(path, **token)
    offered, returns, claims, edits, exchanges = await visit.api.together(
        visit.api.get(f"{path}/returnable", **token),
        visit.api.get(f"{path}/returns", **token),
        visit.api.get(f"{path}/claims", **token),
        visit.api.get(f"{path}/edits", **token),
        visit.api.get(f"{path}/exchanges", **token),
    )
    proposals = [e for e in (*edits["items"], *exchanges["items"]) if e["state"] == "requested"]
    return await frame.page(
        visit,
        "send_back.html",
        status,
        order=order,
        returnable=offered["lines"],
        returns=returns["items"],
        claims=claims["items"],
        proposals=proposals,
        reasons=REASONS,
        problems=PROBLEMS,
        states=STATES,
        claim_states=CLAIM_STATES,
        pictures=await pictures_of(visit, order["lines"]),
        error=error,
        form=form or Fields([]),
    )


async def ask_return(visit: Visit) -> Response:
    form = await visit.form()
    lines = [{**piece, "reason": form["reason"] or "other"} for piece in form.pieces()]
    return await _post(visit, form, "/returns", {"lines": lines, "note": form["note"][:2000]})


async def make_claim(visit: Visit) -> Response:
    form = await visit.form()
    photos = [photo for photo in form["photos"].split() if photo]
    body = {
        "kind": form["kind"] or "other",
        "lines": form.pieces(),
        "note": form["note"][:2000],
        "evidence": photos[:10],
    }
    return await _post(visit, form, "/claims", body)


async def add_photo(visit: Visit) -> Response:
    return await take_photo(visit, _token(visit))


async def see_photo(visit: Visit) -> Response:
    return await show_photo(visit, _token(visit))


async def cancel_return(visit: Visit) -> Response:
    form = await visit.form()
    return await _post(visit, form, f"/returns/{_id(visit, 'return_id')}/cancel", None)


async def answer_proposal(visit: Visit) -> Response:
    """Agreed to, or refused."""
    form = await visit.form()
    kind = "exchange" if form["kind"] == "exchange" else "edit"
    deed = "confirm" if form["deed"] == "confirm" else "refuse"
    onwards = "#payment" if deed == "confirm" else "/send-back"  # where what became due is paid
    return await _post(visit, form, f"/{kind}s/{_id(visit, 'edit_id')}/{deed}", None, onwards)


async def _post(
    visit: Visit, form: Fields, path: str, body: dict[str, Any] | None, onwards: str = "/send-back"
) -> Response:
    if body is not None and not body["lines"]:
        return await show_send_back(visit, visit.gettext(NOTHING_CHOSEN), form, 422)
    try:
        await visit.api.post(f"{_path(visit)}{path}", body, key=form["key"], **_token(visit))
    except ApiProblem as problem:
        if not is_ours_to_say(problem):
            raise
        return await show_send_back(visit, words(visit, problem.code), form, problem.status)
    return visit.see_other(f"/orders/{_id(visit, 'order_id')}{onwards}")


NOTHING_CHOSEN = marked("Choose at least one piece.")


def _path(visit: Visit) -> str:
    return f"/v1/orders/{_id(visit, 'order_id')}"


def _token(visit: Visit) -> dict[str, str]:
    token = orders_known.token_of(visit, _id(visit, "order_id"))
    return {"token": token} if token else {}


def _id(visit: Visit, name: str) -> str:
    try:
        return str(UUID(visit.parameter(name)))
    except ValueError:
        raise NotFound("order_not_found", "there is no such order") from None
