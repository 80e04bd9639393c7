"""The list of products: by status, words, category and stock; those that are chosen go on or off sale at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.refusals import by_field
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.http import Response

LIST = "/admin/products"
MOST_AT_ONCE = 50
STATUSES = ("active", "draft", "archived")
SORTS = {
    "newest": marked("Newest first"),
    "title": marked("By title"),
    "price": marked("Lowest price first"),
    "-price": marked("Highest price first"),
    "rating": marked("Best rated first"),
}
STOCK = {"": marked("Any stock"), "true": marked("In stock"), "false": marked("Sold out")}


async def show_products(visit: Visit) -> Response:
    asked = visit.query
    status = asked["status"] if asked["status"] in STATUSES else ""
    sort = asked["sort"] if asked["sort"] in SORTS else "newest"
    stock = asked["stock"] if asked["stock"] in STOCK else ""
    errors: dict[str, str] = {}
    products: Mapping[str, Any] = {"items": [], "next": None}
    counts, tree = await visit.api.together(
        visit.api.get("/v1/products/counts"), visit.api.get("/v1/categories")
    )
    try:
        products = await visit.api.get(
            "/v1/products",
            q=asked["q"] or None,
            status=status or "any",
            category=asked["category"] or None,
            in_stock=stock or None,
            sort=sort,
            currency=visit.settings.currency,
            limit=25,
            cursor=asked["cursor"] or None,
        )
    except ApiProblem as problem:
        errors = by_field(visit, problem)
    return await page(
        visit,
        "products.html",
        products=products,
        tabs=[("", None, sum(counts.values()))] + [(name, name, counts[name]) for name in STATUSES],
        chosen=status,
        sort=sort,
        sorts=SORTS,
        stock=stock,
        stocks=STOCK,
        categories=list(paths(tree["items"])),
        errors=errors,
        filtered=any(asked[name] for name in ("q", "category", "stock")),
    )


def paths(nodes: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Slug and path of every category, as a tree is read."""
    for node in nodes:
        yield node["slug"], node["path"]
        yield from paths(node["children"])


async def change_products(visit: Visit) -> Response:
    """Activate or archive each that is chosen. One that cannot be (no price, no variant) is left as it is."""
    form = await visit.form()
    deed = "archive" if form["deed"] == "archive" else "activate"
    left = 0
    for product_id in form.all("product")[:MOST_AT_ONCE]:
        try:
            await visit.api.post(f"/v1/products/{product_id}/{deed}", key=f"{form['key']}:{product_id}")
        except ApiProblem as problem:
            if problem.status >= 500:
                raise
            left += 1
    url = visit.own_path(form["back"], LIST)
    return done(visit, url, "products_partly_changed" if left else "products_changed")
