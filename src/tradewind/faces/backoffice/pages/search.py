"""What shoppers search for and do not find; synonyms; the index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

LIST = "/admin/search"
SPANS = ("7", "30", "90")
MOST_SYNONYMS = 100


async def show_search(
    visit: Visit, errors: Mapping[str, str] | None = None, form: Fields | None = None, status: int = 200
) -> Response:
    days = visit.query["days"] if visit.query["days"] in SPANS else "30"
    insights, synonyms, index = await visit.api.together(
        visit.api.get("/v1/search/insights", days=days),
        visit.api.get("/v1/search/synonyms", limit=MOST_SYNONYMS, cursor=visit.query["cursor"] or None),
        visit.api.get("/v1/search/status"),
    )
    return await page(
        visit,
        "search.html",
        status,
        insights=insights,
        synonyms=synonyms,
        index=index,
        days=days,
        spans=SPANS,
        new_id=str(uuid4()),
        errors=errors or {},
        form=form or Fields([]),
    )


async def save_synonyms(visit: Visit) -> Response:
    """Terms are parted by commas. With a word that they are found by, one way alone."""
    form = await visit.form()
    terms = [term.strip() for term in form["terms"].split(",") if term.strip()]
    if len(terms) < (1 if form["from_term"] else 2):
        return await show_search(visit, {"terms": mistake(visit, "two_words")}, form, 422)
    body: dict[str, Any] = {"terms": terms, "kind": "two_way"}
    if form["from_term"]:
        body = {"terms": terms, "kind": "one_way", "from_term": form["from_term"]}
    try:
        await visit.api.put(f"/v1/search/synonyms/{_id(form['synonym_id'])}", body, key=form["key"])
    except ApiProblem as problem:
        errors = by_field(visit, problem, ("terms", "from_term"))
        return await show_search(visit, errors, form, problem.status)
    return done(visit, LIST + "#synonyms", "synonyms_saved")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


async def remove_synonyms(visit: Visit) -> Response:
    form = await visit.form()
    try:
        await visit.api.delete(f"/v1/search/synonyms/{_id(form['synonym_id'])}", key=form["key"])
    except ApiProblem as problem:
        if problem.status != 404:  # gone already
            return await show_search(visit, by_field(visit, problem), None, problem.status)
    return done(visit, LIST + "#synonyms", "synonyms_removed")


async def rebuild_index(visit: Visit) -> Response:
    form = await visit.form()
    try:
        await visit.api.post("/v1/search/rebuild", key=form["key"])
    except ApiProblem as problem:
        return await show_search(visit, by_field(visit, problem), None, problem.status)
    return done(visit, LIST, "rebuild_begun")
