"""Reviews of customers: published, refused, answered."""

from __future__ import annotations

from collections.abc import Mapping

from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.http import Response

LIST = "/admin/reviews"
STATES = ("pending", "published", "refused")


async def show_reviews(visit: Visit, errors: Mapping[str, str] | None = None, status: int = 200) -> Response:
    state = visit.query["state"] if visit.query["state"] in STATES else STATES[0]
    reviews, counts = await visit.api.together(
        visit.api.get(
            "/v1/reviews",
            state=state,
            product_id=visit.query["product_id"] or None,
            limit=20,
            cursor=visit.query["cursor"] or None,
        ),
        visit.api.get("/v1/reviews/counts"),
    )
    return await page(
        visit,
        "reviews.html",
        status,
        reviews=reviews,
        state_name=state,
        counts=[(name, counts[name]) for name in STATES],
        errors=errors or {},
    )


async def publish_review(visit: Visit) -> Response:
    return await _moderate(visit, "publish", "review_published")


async def refuse_review(visit: Visit) -> Response:
    return await _moderate(visit, "refuse", "review_refused")


async def _moderate(visit: Visit, deed: str, notice: str) -> Response:
    form = await visit.form()
    try:
        await visit.api.post(f"/v1/reviews/{visit.parameter('review_id')}/{deed}", key=form["key"])
    except ApiProblem as problem:
        return await show_reviews(visit, by_field(visit, problem), problem.status)
    return done(visit, visit.own_path(form["back"], LIST), notice)


async def answer_review(visit: Visit) -> Response:
    """An empty answer takes it away."""
    form = await visit.form()
    body = {"text": form["text"] or None}
    try:
        await visit.api.put(f"/v1/reviews/{visit.parameter('review_id')}/answer", body, key=form["key"])
    except ApiProblem as problem:
        return await show_reviews(visit, by_field(visit, problem), problem.status)
    return done(visit, visit.own_path(form["back"], LIST), "review_answered")
