"""Signing in and out of the back office."""

from __future__ import annotations

from tradewind.faces.backoffice.notices import done, take_notice
from tradewind.faces.backoffice.refusals import by_field
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

HOME = "/admin"


async def show_sign_in(visit: Visit) -> Response:
    if visit.request.principal.permissions:
        return visit.see_other(visit.own_path(visit.query["next"], HOME))
    return _form(visit, visit.query, {})


async def sign_in(visit: Visit) -> Response:
    form = await visit.form()
    try:
        signed_in = await visit.api.post(
            "/v1/sessions", {"email": form["email"], "password": form["password"]}
        )
    except ApiProblem as problem:
        return _form(visit, form, by_field(visit, problem, ("email", "password")), problem.status)
    visit.begin_session(signed_in)
    return visit.see_other(visit.own_path(form["next"], HOME))


async def sign_out(visit: Visit) -> Response:
    try:
        await visit.api.delete("/v1/sessions/current")
    except ApiProblem as problem:
        if problem.status != 401:  # over already
            raise
    visit.end_session()
    return done(visit, "/admin/sign-in", "signed_out")


def _form(visit: Visit, form: Fields, errors: dict[str, str], status: int = 200) -> Response:
    return visit.page(
        "admin/sign_in.html", status, form=form, errors=errors, notice=take_notice(visit), next=form["next"]
    )
