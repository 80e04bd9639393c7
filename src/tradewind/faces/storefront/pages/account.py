"""The account: an overview, its orders, who one is, where one is signed in, and the way out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Visit
from tradewind.faces.storefront import address_forms, basket, frame
from tradewind.faces.storefront.messages import beside_fields, is_ours_to_say, words
from tradewind.faces.storefront.progress import progress_of
from tradewind.kernel.http import Response

ORDERS = 12
Show = Callable[[Visit], Awaitable[Response]]


def signed_in(show: Show) -> Show:
    """For those who are signed in; others sign in first, and then come here."""

    async def respond(visit: Visit) -> Response:
        if not visit.signed_in:
            back = visit.here if visit.request.method == "GET" else "/account"
            return visit.see_other(f"/sign-in?next={back}")
        return await show(visit)

    return respond


@signed_in
async def show_account(visit: Visit) -> Response:
    me, orders, addresses = await visit.api.together(
        visit.api.get("/v1/me"),
        visit.api.get("/v1/orders", account_id=str(visit.request.principal.account_id), limit=3),
        visit.api.get("/v1/me/addresses"),
    )
    default = next((entry for entry in addresses["items"] if entry["default_shipping"]), None)
    return await frame.page(
        visit,
        "account.html",
        me=me["account"],
        staff=bool(me["permissions"]),
        orders=[(order, progress_of(visit, {**order, "fulfilments": []})) for order in orders["items"]],
        address=address_forms.lines(default["address"], visit.language) if default else [],
    )


@signed_in
async def show_orders(visit: Visit) -> Response:
    listed = await visit.api.get(
        "/v1/orders",
        account_id=str(visit.request.principal.account_id),
        limit=ORDERS,
        cursor=visit.query["cursor"] or None,
    )
    orders = [(order, progress_of(visit, {**order, "fulfilments": []})) for order in listed["items"]]
    return await frame.page(visit, "orders.html", orders=orders, next=listed["next"])


@signed_in
async def show_profile(visit: Visit) -> Response:
    return await _profile(visit)


@signed_in
async def change_profile(visit: Visit) -> Response:
    form = await visit.form()
    change = {"name": form["name"], "language": form["account_language"]}
    try:
        await visit.api.patch("/v1/me", change)
    except ApiProblem as problem:
        if not is_ours_to_say(problem):
            raise
        errors = beside_fields(visit, problem, {"name": "name", "language": "account_language"})
        return await _profile(visit, problem.status, errors=errors)
    return visit.see_other("/account/profile?saved=profile")


@signed_in
async def change_password(visit: Visit) -> Response:
    form = await visit.form()
    body = {name: (form.all(name) or [""])[-1][:1024] for name in ("current_password", "new_password")}
    try:
        await visit.api.post("/v1/me/password", body, key=form["key"])
    except ApiProblem as problem:
        if not is_ours_to_say(problem):
            raise
        field = "current_password" if problem.code == "current_password_wrong" else "new_password"
        return await _profile(visit, problem.status, errors={field: words(visit, problem.code)})
    return visit.see_other("/account/profile?saved=password")


@signed_in
async def end_session_elsewhere(visit: Visit) -> Response:
    form = await visit.form()
    if form["session_id"]:
        try:
            await visit.api.delete(f"/v1/sessions/{form['session_id']}")
        except ApiProblem as problem:
            if problem.status != 404:  # it is over already
                raise
    return visit.see_other("/account/profile?saved=session#sessions")


@signed_in
async def close_account(visit: Visit) -> Response:
    form = await visit.form()
    if form["sure"] != "true":
        errors = {"sure": visit.gettext("Please tick this first.")}
        return await _profile(visit, 422, errors=errors)
    try:
        await visit.api.delete("/v1/me")
    except ApiProblem as problem:
        if not is_ours_to_say(problem):
            raise
        return await _profile(visit, problem.status, errors={"sure": words(visit, problem.code)})
    visit.end_session()
    basket.forget(visit)
    return await frame.page(visit, "closed.html")


async def _profile(visit: Visit, status: int = 200, *, errors: Mapping[str, str] | None = None) -> Response:
    me, sessions = await visit.api.together(visit.api.get("/v1/me"), visit.api.get("/v1/sessions", limit=20))
    values: dict[str, Any] = {"me": me["account"], "sessions": sessions["items"], "errors": errors or {}}
    return await frame.page(visit, "profile.html", status, saved=visit.query["saved"], **values)
