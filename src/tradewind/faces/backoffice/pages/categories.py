"""The tree of categories: made, renamed, moved and put in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field, mistake
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

LIST = "/admin/categories"


@dataclass(frozen=True, slots=True)
class Branch:
    """One category as the tree shows it; `depth` counts from 0."""

    node: Mapping[str, Any]
    depth: int
    parent_id: str


async def show_categories(
    visit: Visit,
    errors: Mapping[str, str] | None = None,
    form: Fields | None = None,
    about: str = "",
    status: int = 200,
) -> Response:
    """`errors` and `form` are of the category `about`, else that of ?edit=; of the new one where both are empty."""
    tree = await visit.api.get("/v1/categories")
    branches = list(_branches(tree["items"]))
    about = about or visit.query["edit"]
    return await page(
        visit,
        "categories.html",
        status,
        branches=branches,
        errors=errors or {},
        form=form,
        about=about,
    )


def _branches(nodes: list[Mapping[str, Any]], depth: int = 0, parent_id: str = "") -> Iterator[Branch]:
    for node in nodes:
        yield Branch(node, depth, parent_id)
        yield from _branches(node["children"], depth + 1, node["category_id"])


async def create_category(visit: Visit) -> Response:
    form = await visit.form()
    if not form["name"]:
        return await show_categories(visit, {"name": mistake(visit, "required")}, form, status=422)
    body = {"name": form["name"], "parent_id": form["parent_id"] or None}
    try:
        await visit.api.post("/v1/categories", body, key=form["key"])
    except ApiProblem as problem:
        errors = by_field(visit, problem, ("name", "parent_id"))
        return await show_categories(visit, errors, form, status=problem.status)
    return done(visit, LIST, "category_saved")


async def save_category(visit: Visit) -> Response:
    form, category_id = await visit.form(), visit.parameter("category_id")
    body: dict[str, Any] = {
        "name": form["name"],
        "parent_id": form["parent_id"] or None,
        "slug": form["slug"],
        "position": form.whole_as_typed("position", 0),
        "version": form.whole("version", 1),
    }
    try:
        await visit.api.patch(f"/v1/categories/{category_id}", body, key=form["key"])
    except ApiProblem as problem:
        errors = by_field(visit, problem, ("name", "parent_id", "slug", "position"))
        return await show_categories(visit, errors, form, category_id, problem.status)
    return done(visit, LIST, "category_saved")
