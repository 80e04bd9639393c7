"""The mailbox: every mail with its state and reason, as it was sent; and the templates, with samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import LANGUAGES
from tradewind.faces.kit.settings import HTML
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.http import Header, Response

LIST = "/admin/mail"
STATES = ("", "queued", "sent", "failed", "suppressed")


async def show_mails(visit: Visit) -> Response:
    asked = visit.query
    state = asked["state"] if asked["state"] in STATES else ""
    errors: dict[str, str] = {}
    mails: Mapping[str, Any] = {"items": [], "next": None}
    templates = await visit.api.get("/v1/message-templates")
    kinds = {template["kind"]: template["title"] for template in templates["items"]}
    try:
        mails = await visit.api.get(
            "/v1/messages",
            state=state or None,
            kind=asked["kind"] if asked["kind"] in kinds else None,
            email=asked["q"] or None,
            limit=25,
            cursor=asked["cursor"] or None,
        )
    except ApiProblem as problem:
        errors = by_field(visit, problem)
    return await page(
        visit,
        "mails.html",
        mails=mails,
        states=STATES,
        chosen=state,
        kinds=kinds,
        errors=errors,
        filtered=any(asked[name] for name in ("q", "kind", "state")),
    )


async def show_mail(visit: Visit, errors: Mapping[str, str] | None = None, status: int = 200) -> Response:
    mail = await visit.api.get(f"/v1/messages/{visit.parameter('message_id')}")
    return await page(visit, "mail.html", status, mail=mail, errors=errors or {})


async def show_mail_body(visit: Visit) -> Response:
    """The mail itself, for a frame."""
    mail = await visit.api.get(f"/v1/messages/{visit.parameter('message_id')}")
    return visit.answer(Response(200, mail["html"].encode(), [*_framed(visit)]))


async def retry_mail(visit: Visit) -> Response:
    form, message_id = await visit.form(), visit.parameter("message_id")
    try:
        await visit.api.post(f"/v1/messages/{message_id}/retry", key=form["key"])
    except ApiProblem as problem:
        return await show_mail(visit, by_field(visit, problem), problem.status)
    return done(visit, f"{LIST}/{message_id}", "mail_retried")


async def show_templates(visit: Visit) -> Response:
    templates = await visit.api.get("/v1/message-templates")
    return await page(visit, "mail_templates.html", templates=templates["items"])


async def show_template(visit: Visit) -> Response:
    """With sample data, in one language; the other is a link away."""
    kind = visit.parameter("kind")
    shown = visit.query["in"] if visit.query["in"] in LANGUAGES else visit.language
    templates, preview = await visit.api.together(
        visit.api.get("/v1/message-templates"),
        visit.api.get(f"/v1/message-templates/{kind}/preview", language=shown),
    )
    sample = next(one for one in templates["items"] if one["kind"] == kind)
    return await page(visit, "mail_template.html", sample=sample, preview=preview, shown_in=shown)


async def show_template_body(visit: Visit) -> Response:
    shown = visit.query["in"] if visit.query["in"] in LANGUAGES else visit.language
    kind = visit.parameter("kind")
    preview = await visit.api.get(f"/v1/message-templates/{kind}/preview", language=shown)
    return visit.answer(Response(200, preview["html"].encode(), [*_framed(visit)]))


def _framed(visit: Visit) -> tuple[Header, ...]:
    """A mail brings its own styles, and may do nothing: no script, no form, no page of ours but this one around it."""
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; "
        f"img-src 'self' data: {' '.join(visit.settings.picture_origins)}; "
        "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
    )
    return (HTML, (b"content-security-policy", policy.encode()), (b"cache-control", b"private, no-store"))
