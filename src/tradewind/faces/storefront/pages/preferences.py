"""What a visitor chooses: language and currency, and which mails they want."""

from __future__ import annotations

from typing import Any

from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import LANGUAGES
from tradewind.faces.kit.visit import Visit
from tradewind.faces.storefront import frame
from tradewind.faces.storefront.pages.account import signed_in
from tradewind.kernel.http import Response


async def choose(visit: Visit) -> Response:
    """Language and currency, from the foot of any page; back to where it was chosen."""
    form = await visit.form()
    if form["language"] in LANGUAGES:
        visit.set_cookie("language", form["language"])
    if form["currency"] in visit.settings.currencies:
        visit.set_cookie("currency", form["currency"])
    return visit.see_other(visit.own_path(form["next"], "/"))


@signed_in
async def show_notifications(visit: Visit) -> Response:
    chosen = await visit.api.get("/v1/me/notification-preferences")
    return await frame.page(
        visit, "notifications.html", items=chosen["items"], saved=bool(visit.query["saved"])
    )


@signed_in
async def choose_notifications(visit: Visit) -> Response:
    form = await visit.form()
    known = await visit.api.get("/v1/me/notification-preferences")
    wanted = set(form.all("wanted"))
    items = [
        {
            "kind": item["kind"],
            "channel": item["channel"],
            "enabled": f"{item['kind']} {item['channel']}" in wanted,
        }
        for item in known["items"]
        if not item["mandatory"]
    ]
    await visit.api.put("/v1/me/notification-preferences", {"items": items})
    return visit.see_other("/account/notifications?saved=1")


async def show_unsubscription(visit: Visit) -> Response:
    """From the link in a mail: what it would end. Nothing ends by looking, for mail programs look too."""
    return await _unsubscription(visit, visit.query["token"], done=False)


async def unsubscribe(visit: Visit) -> Response:
    """By the button, or by a mail program that posts here as RFC 8058 says (the token is in the address)."""
    form = await visit.form()
    token = form["token"] or visit.query["token"]
    try:
        await visit.api.post("/v1/unsubscribe", {"token": token[:500]})
    except ApiProblem as problem:
        if problem.status >= 500 or problem.status == 429:
            raise
        return await _unsubscription(visit, token, done=False)
    return await _unsubscription(visit, token, done=True)


async def _unsubscription(visit: Visit, token: str, *, done: bool) -> Response:
    about: dict[str, Any] | None = None
    if token:
        try:
            about = await visit.api.get("/v1/unsubscribe", token=token[:500])
        except ApiProblem as problem:
            if problem.status >= 500 or problem.status == 429:
                raise
    status = 200 if about else 404
    return await frame.page(visit, "unsubscribe.html", status, about=about, token=token, done=done)
