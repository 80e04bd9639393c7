"""Products: what the public reads, and what staff change."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from tradewind.contracts.common import Page
from tradewind.contracts.currencies import check_currency
from tradewind.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from tradewind.kernel.http import PUBLIC, Answer, Call, Route, permission
from tradewind.services.product import listing, queries
from tradewind.services.product.deps import Deps
from tradewind.services.product.related import related_products
from tradewind.services.product.shapes import (
    CreateProduct,
    DetailQuery,
    ListQuery,
    ProductCard,
    ProductCounts,
    ProductDetail,
    RelatedQuery,
    SavedProduct,
    UpdateProduct,
)
from tradewind.services.product.use_cases.change_status import change_status
from tradewind.services.product.use_cases.create_product import create_product
from tradewind.services.product.use_cases.update_product import update_product

READ, WRITE = permission("products:read"), permission("products:write")
_NO_STORE = ((b"cache-control", b"no-store"),)  # what staff alone may see must not be kept by shared caches


async def get_product(deps: Deps, call: Call[None, DetailQuery]) -> object:
    return await _detail(deps, call, queries.PAGE_BY_ID, call.uuid("product_id"))


async def get_product_by_slug(deps: Deps, call: Call[None, DetailQuery]) -> object:
    return await _detail(deps, call, queries.PAGE_BY_SLUG, call.parameters["slug"])


async def get_product_by_external_id(deps: Deps, call: Call[None, DetailQuery]) -> object:
    return await _detail(deps, call, queries.PAGE_BY_EXTERNAL_ID, call.parameters["external_id"])


async def _detail(deps: Deps, call: Call[None, DetailQuery], sql: str, key: object) -> object:
    if isinstance(key, str) and "\0" in key:  # which PostgreSQL does not take as text
        raise NotFound("product_not_found", "there is no such product")
    check_currency(call.query.currency)
    staff = call.principal.may("products:read")
    status, page = await queries.product_page(deps, sql, key, currency=call.query.currency, may_see_all=staff)
    return page if status == "active" else Answer(page, headers=_NO_STORE)


async def get_products(deps: Deps, call: Call[None, ListQuery]) -> object:
    if call.query.status is None and call.query.q is None:
        return await listing.list_products(deps, call.query)
    READ.authorise(call.principal)
    return Answer(await listing.list_products(deps, call.query), headers=_NO_STORE)


async def get_product_counts(deps: Deps, call: Call[None, None]) -> ProductCounts:
    return await queries.product_counts(deps.db)


async def get_related_products(deps: Deps, call: Call[None, RelatedQuery]) -> object:
    staff = call.principal.may("products:read")
    return await related_products(deps, call.uuid("product_id"), call.query, may_see_all=staff)


async def post_product(deps: Deps, call: Call[CreateProduct, None]) -> SavedProduct:
    return await create_product(deps, call.body, call.once)


async def patch_product(deps: Deps, call: Call[UpdateProduct, None]) -> SavedProduct:
    expected = expected_version(call.headers, call.body.version)
    return await update_product(deps, call.uuid("product_id"), call.body, expected, call.once)


async def archive_product(deps: Deps, call: Call[None, None]) -> SavedProduct:
    return await change_status(deps, call.uuid("product_id"), "archived", call.once)


async def activate_product(deps: Deps, call: Call[None, None]) -> SavedProduct:
    return await change_status(deps, call.uuid("product_id"), "active", call.once)


def expected_version(headers: dict[bytes, bytes], in_body: int | UnsetType) -> int | None:
    """The version that a change was made against: `version` of the body, or the header If-Match: "7"."""
    if in_body is not UNSET:
        return in_body
    given = headers.get(b"if-match")
    if given is None or given.strip() == b"*":
        return None
    text = given.strip().strip(b'"')
    if not (text.isdigit() and len(text) <= 9):
        message = 'If-Match takes the version that you have read, such as "7"'
        raise Invalid("if_match_invalid", message, field="If-Match")
    return int(text)


_EXAMPLE_VARIANT = {
    "sku": "ALDEA-CLAY",
    "gtin": "4006381333931",
    "options": {"Colour": "Clay"},
    "prices": [
        {"currency": "EUR", "amount_minor": 6800, "compare_at_minor": 8200},
        {"currency": "USD", "amount_minor": 7400},
    ],
    "weight_grams": 900,
}
_EXAMPLE = {
    "title": "Aldea vase",
    "description": "Thrown by hand.\n\nEach one differs a little.",
    "brand": "Studio Orno",
    "categories": ["Home > Vases"],
    "attributes": {"material": "Stoneware", "height_mm": 240, "dishwasher_safe": True},
    "options": ["Colour"],
    "variants": [_EXAMPLE_VARIANT],
    "images": [{"url": "/media/demo/aldea-vase.webp", "alt": "A speckled terracotta vase"}],
    "status": "draft",
}
_CONTENT_ERRORS = (
    (Invalid, "brand_not_found"),
    (Invalid, "category_not_found"),
    (Invalid, "gtin_invalid"),
    (Invalid, "options_mismatch"),
    (Invalid, "no_price"),
    (Conflict, "external_id_taken"),
    (Conflict, "slug_taken"),
    (Conflict, "sku_taken"),
)
_NOT_FOUND = (NotFound, "product_not_found")

ROUTES = (
    Route(
        "GET",
        "/v1/products",
        get_products,
        PUBLIC,
        "Products for sale; with a status or a q, those that staff see",
        answer=Page[ProductCard],
        query=ListQuery,
        errors=(
            (Invalid, "cursor_invalid"),
            (Unauthenticated, "authentication_required"),
            (Forbidden, "permission_required"),
        ),
        cache_seconds=0,
    ),
    Route(
        "GET",
        "/v1/products/counts",
        get_product_counts,
        READ,
        "How many products have which status",
        answer=ProductCounts,
    ),
    Route(
        "GET",
        "/v1/products/{product_id}/related",
        get_related_products,
        PUBLIC,
        "What else may please: of the same category first, the best rated first",
        answer=Page[ProductCard],
        query=RelatedQuery,
        errors=(_NOT_FOUND, (Invalid, "currency_unknown")),
        cache_seconds=0,
    ),
    Route(
        "GET",
        "/v1/products/{product_id}",
        get_product,
        PUBLIC,
        "All of one product; staff see drafts and archived ones too",
        answer=ProductDetail,
        query=DetailQuery,
        errors=(_NOT_FOUND, (Invalid, "currency_unknown")),
        cache_seconds=0,
    ),
    Route(
        "GET",
        "/v1/products/by-slug/{slug}",
        get_product_by_slug,
        PUBLIC,
        "All of the product with this slug",
        answer=ProductDetail,
        query=DetailQuery,
        errors=(_NOT_FOUND, (Invalid, "currency_unknown")),
        cache_seconds=0,
    ),
    Route(
        "GET",
        "/v1/products/by-external-id/{external_id}",
        get_product_by_external_id,
        PUBLIC,
        "All of the product with this external id (one with a slash in it: list with external_id=)",
        answer=ProductDetail,
        query=DetailQuery,
        errors=(_NOT_FOUND, (Invalid, "currency_unknown")),
        cache_seconds=0,
    ),
    Route(
        "POST",
        "/v1/products",
        post_product,
        WRITE,
        "Create a product",
        answer=SavedProduct,
        body=CreateProduct,
        status=201,
        errors=_CONTENT_ERRORS,
        example=_EXAMPLE,
        max_body_bytes=1024 * 1024,
    ),
    Route(
        "PATCH",
        "/v1/products/{product_id}",
        patch_product,
        WRITE,
        "Change a product: what is left out stays, a list that is given replaces the whole list",
        answer=SavedProduct,
        body=UpdateProduct,
        errors=(_NOT_FOUND, (Conflict, "version_conflict"), (Invalid, "if_match_invalid"), *_CONTENT_ERRORS),
        example={"version": 1, "title": "Aldea vase, speckled"},
        max_body_bytes=1024 * 1024,
    ),
    Route(
        "POST",
        "/v1/products/{product_id}/archive",
        archive_product,
        WRITE,
        "Take a product out of sale",
        answer=SavedProduct,
        errors=(_NOT_FOUND, (Conflict, "status_conflict")),
    ),
    Route(
        "POST",
        "/v1/products/{product_id}/activate",
        activate_product,
        WRITE,
        "Put a product up for sale",
        answer=SavedProduct,
        errors=(_NOT_FOUND, (Conflict, "status_conflict"), (Conflict, "no_price")),
    ),
)
