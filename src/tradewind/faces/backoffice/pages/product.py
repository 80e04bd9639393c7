"""One product: made, changed, put on sale and taken off it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tradewind.faces.backoffice import product_form
from tradewind.faces.backoffice.frame import page
from tradewind.faces.backoffice.notices import done
from tradewind.faces.backoffice.pages.products import paths
from tradewind.faces.backoffice.product_form import ProductForm
from tradewind.faces.backoffice.refusals import by_field, mistake, said
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.http import Response

FIELDS = (
    "title",
    "slug",
    "description",
    "brand",
    "categories",
    "options",
    "attributes",
    "images",
    "tax_class",
)
MOST_BRANDS = 100
COMPARED = {
    "title": marked("Title"),
    "slug": marked("Address"),
    "description": marked("Description"),
    "brand": marked("Brand"),
    "categories": marked("Categories"),
    "options": marked("Options"),
    "attributes": marked("Attributes"),
    "variants": marked("Variants and prices"),
    "images": marked("Pictures"),
    "tax_class": marked("Tax class"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """What stands there now, where it is not what the form says."""

    title: str
    theirs: str
    yours: str


async def show_product(visit: Visit) -> Response:
    product = await visit.api.get(f"/v1/products/{visit.parameter('product_id')}")
    return await _page(visit, product, product_form.of_product(product))


async def show_new_product(visit: Visit) -> Response:
    return await _page(visit, None, ProductForm())


async def create_product(visit: Visit) -> Response:
    form = await visit.form()
    typed = product_form.of_fields(form, currencies(visit, None))
    if form["more"]:
        return await _page(visit, None, typed)
    sent, mistakes = product_form.body(typed, None)
    if mistakes:
        return await _page(visit, None, typed, {f: mistake(visit, code) for f, code in mistakes.items()}, 422)
    try:
        await _brand_exists(visit, sent["brand"])
        saved = await visit.api.post("/v1/products", {**sent, "status": "draft"}, key=form["key"])
    except ApiProblem as problem:
        return await _page(visit, None, typed, _errors(visit, problem), problem.status)
    return done(visit, _url(saved["product_id"]), "product_created")


async def save_product(visit: Visit) -> Response:
    form, product_id = await visit.form(), visit.parameter("product_id")
    product = await visit.api.get(f"/v1/products/{product_id}")
    typed = product_form.of_fields(form, currencies(visit, product))
    if form["more"]:
        return await _page(visit, product, typed)
    sent, mistakes = product_form.body(typed, product)
    if mistakes:
        errors = {field: mistake(visit, code) for field, code in mistakes.items()}
        return await _page(visit, product, typed, errors, 422)
    sent["version"] = int(typed.version) if typed.version.isdigit() else product["version"]
    try:
        if not product["brand"] or product["brand"]["name"] != sent["brand"]:
            await _brand_exists(visit, sent["brand"])
        await visit.api.patch(f"/v1/products/{product_id}", sent, key=form["key"])
    except ApiProblem as problem:
        if problem.code != "version_conflict":
            return await _page(visit, product, typed, _errors(visit, problem), problem.status)
        typed.version = str(product["version"])  # saved again, what was typed replaces what they wrote
        errors = {"": said(visit, problem)}
        return await _page(visit, product, typed, errors, 409, differences(visit, product, sent))
    return done(visit, _url(product_id), "product_saved")


async def _brand_exists(visit: Visit, name: str | None) -> None:
    """A brand that is typed for the first time is made."""
    if name is None:
        return
    try:
        await visit.api.post("/v1/brands", {"name": name})
    except ApiProblem as problem:
        if problem.code != "brand_exists":
            raise


async def activate_product(visit: Visit) -> Response:
    return await _change(visit, "activate", "product_active")


async def archive_product(visit: Visit) -> Response:
    return await _change(visit, "archive", "product_archived")


async def _change(visit: Visit, deed: str, notice: str) -> Response:
    form, product_id = await visit.form(), visit.parameter("product_id")
    try:
        await visit.api.post(f"/v1/products/{product_id}/{deed}", key=form["key"])
    except ApiProblem as problem:
        product = await visit.api.get(f"/v1/products/{product_id}")
        typed = product_form.of_product(product)
        return await _page(visit, product, typed, _errors(visit, problem), problem.status)
    return done(visit, _url(product_id), notice)


async def _page(
    visit: Visit,
    product: Mapping[str, Any] | None,
    form: ProductForm,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    found: Sequence[Difference] = (),
) -> Response:
    tree, brands = await visit.api.together(
        visit.api.get("/v1/categories"), visit.api.get("/v1/brands", limit=MOST_BRANDS)
    )
    return await page(
        visit,
        "product.html",
        status,
        product=product,
        form=form,
        currencies=currencies(visit, product),
        categories=[path for _, path in paths(tree["items"])],
        brands=[brand["name"] for brand in brands["items"]],
        errors=errors or {},
        differences=found,
        may_write=visit.may("products:write"),
    )


def currencies(visit: Visit, product: Mapping[str, Any] | None) -> list[str]:
    """Those that the shop sells in, and any other that the product is priced in already."""
    priced = (
        price["currency"] for variant in (product or {}).get("variants", ()) for price in variant["prices"]
    )
    return list(dict.fromkeys([*visit.settings.currencies, *priced]))


def _errors(visit: Visit, problem: ApiProblem) -> dict[str, str]:
    """The platform names variants[0].sku where the form says variant.0.sku; what is about all of them stands
    above the form, with its SKU."""
    field = (problem.field or "").replace("variants[", "variant.").replace("].", ".")
    if field.startswith("variant.") and field.endswith((".sku", ".gtin")):
        return {field: said(visit, problem)}
    return by_field(visit, problem, FIELDS)


def differences(visit: Visit, product: Mapping[str, Any], sent: Mapping[str, Any]) -> list[Difference]:
    now, _ = product_form.body(product_form.of_product(product), product)
    return [
        Difference(visit.gettext(title), _text(now.get(name)), _text(sent.get(name)))
        for name, title in COMPARED.items()
        if now.get(name) != sent.get(name) and not (name == "slug" and name not in sent)
    ]


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(
            f"{name}: {_text(part)}" for name, part in value.items() if part not in (None, {}, [])
        )
    if isinstance(value, list):
        return "; ".join(_text(part) for part in value)
    return "" if value is None else str(value)


def _url(product_id: str) -> str:
    return f"/admin/products/{product_id}"
