"""Signing in and out, registering, and setting a new password."""

from __future__ import annotations

from collections.abc import Mapping

from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Visit
from tradewind.faces.storefront import basket, frame
from tradewind.faces.storefront.messages import beside_fields, is_ours_to_say, words
from tradewind.kernel.http import Response

REGISTRATION = {"email": "email", "password": "password", "name": "name"}


async def show_sign_in(visit: Visit) -> Response:
    if visit.signed_in:
        return visit.see_other(_onwards(visit, visit.query["next"]))
    return await _sign_in_page(visit)


async def sign_in(visit: Visit) -> Response:
    form = await visit.form()
    typed = {"email": form["email"]}
    credentials = {"email": form["email"][:254], "password": _secret(form.all("password"))}
    try:
        signed_in = await visit.api.post("/v1/sessions", credentials)
    except ApiProblem as problem:
        if not is_ours_to_say(problem):
            raise
        code = "credentials_invalid" if problem.status == 422 else problem.code
        return await _sign_in_page(visit, problem.status, typed, {"": words(visit, code)}, form["next"])
    visit.begin_session(signed_in)
    await basket.claim(visit)
    return visit.see_other(_onwards(visit, form["next"]))


async def _sign_in_page(
    visit: Visit,
    status: int = 200,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    onwards: str = "",
) -> Response:
    return await frame.page(
        visit,
        "sign_in.html",
        status,
        typed=typed or {},
        errors=errors or {},
        next=visit.own_path(onwards or visit.query["next"], ""),
    )


async def show_registration(visit: Visit) -> Response:
    if visit.signed_in:
        return visit.see_other(_onwards(visit, visit.query["next"]))
    return await _registration_page(visit, typed={"email": visit.query["email"]})


async def register(visit: Visit) -> Response:
    form = await visit.form()
    typed = {"email": form["email"], "name": form["name"]}
    body = {**typed, "password": _secret(form.all("password")), "language": visit.language}
    errors = {}
    if not typed["name"]:
        errors["name"] = visit.gettext("Please fill this in.")
    if not errors:
        try:
            visit.begin_session(await visit.api.post("/v1/accounts", body, key=form["key"]))
            await basket.claim(visit)
            return visit.see_other(_onwards(visit, form["next"]))
        except ApiProblem as problem:
            if not is_ours_to_say(problem):
                raise
            if problem.code == "email_taken":
                errors = {"email": words(visit, problem.code)}
            else:
                errors = beside_fields(visit, problem, REGISTRATION)
    return await _registration_page(visit, 422, typed, errors, form["next"])


async def _registration_page(
    visit: Visit,
    status: int = 200,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    onwards: str = "",
) -> Response:
    onwards = visit.own_path(onwards or visit.query["next"], "")
    return await frame.page(
        visit, "register.html", status, typed=typed or {}, errors=errors or {}, next=onwards
    )


async def sign_out(visit: Visit) -> Response:
    if visit.signed_in:
        await visit.api.delete("/v1/sessions/current")
        visit.end_session()
        basket.forget(visit)
    return visit.see_other("/")


async def show_forgotten(visit: Visit) -> Response:
    return await frame.page(visit, "forgot.html", sent=False, typed={}, errors={})


async def ask_for_reset(visit: Visit) -> Response:
    """Says the same whether or not there is such an account."""
    form = await visit.form()
    typed = {"email": form["email"][:254]}
    try:
        await visit.api.post("/v1/password-resets", typed, key=form["key"])
    except ApiProblem as problem:
        if not is_ours_to_say(problem):
            raise
        code = problem.code if problem.status != 422 else "email_invalid"
        errors = {"email": words(visit, code)}
        return await frame.page(visit, "forgot.html", problem.status, sent=False, typed=typed, errors=errors)
    return await frame.page(visit, "forgot.html", sent=True, typed=typed, errors={})


async def show_reset(visit: Visit) -> Response:
    return await frame.page(visit, "reset.html", token=visit.query["token"], done=False, errors={})


async def reset(visit: Visit) -> Response:
    form = await visit.form()
    body = {"token": form["token"][:128], "new_password": _secret(form.all("password"))}
    try:
        await visit.api.post("/v1/password-resets/confirm", body, key=form["key"])
    except ApiProblem as problem:
        if not is_ours_to_say(problem):
            raise
        errors = beside_fields(visit, problem, {"new_password": "password"})
        return await frame.page(
            visit, "reset.html", problem.status, token=body["token"], done=False, errors=errors
        )
    return await frame.page(visit, "reset.html", token="", done=True, errors={})


def _onwards(visit: Visit, wanted: str) -> str:
    return visit.own_path(wanted, "/account")


def _secret(values: list[str]) -> str:
    """As it was typed: space at the ends of a password is part of it."""
    return values[-1][:1024] if values else ""
