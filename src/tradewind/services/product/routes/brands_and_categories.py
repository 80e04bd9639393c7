"""Where products are found: brands, and the tree of categories."""

from __future__ import annotations

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import PUBLIC, Call, Route
from tradewind.services.product import queries
from tradewind.services.product.deps import Deps
from tradewind.services.product.listing import currency_of
from tradewind.services.product.routes.products import WRITE, expected_version
from tradewind.services.product.shapes import (
    Brand,
    Category,
    CategoryDetail,
    CategoryTree,
    CreateBrand,
    CreateCategory,
    DetailQuery,
    PageQuery,
    UpdateBrand,
    UpdateCategory,
)
from tradewind.services.product.use_cases.create_brand import create_brand
from tradewind.services.product.use_cases.create_category import create_category
from tradewind.services.product.use_cases.update_brand import update_brand
from tradewind.services.product.use_cases.update_category import update_category


async def get_categories(deps: Deps, call: Call[None, None]) -> CategoryTree:
    return await queries.category_tree(deps.db)


async def get_category_by_slug(deps: Deps, call: Call[None, DetailQuery]) -> CategoryDetail:
    currency = currency_of(deps, call.query.currency)
    return await queries.category_by_slug(deps.db, call.parameters["slug"], currency)


async def post_category(deps: Deps, call: Call[CreateCategory, None]) -> Category:
    return await create_category(deps, call.body, call.once)


async def patch_category(deps: Deps, call: Call[UpdateCategory, None]) -> Category:
    expected = expected_version(call.headers, call.body.version)
    return await update_category(deps, call.uuid("category_id"), call.body, expected, call.once)


async def get_brands(deps: Deps, call: Call[None, PageQuery]) -> Page[Brand]:
    return await queries.list_brands(deps.db, call.query.limit, call.query.cursor)


async def get_brand_by_slug(deps: Deps, call: Call[None, None]) -> Brand:
    return await queries.brand_by_slug(deps.db, call.parameters["slug"])


async def post_brand(deps: Deps, call: Call[CreateBrand, None]) -> Brand:
    return await create_brand(deps, call.body, call.once)


async def patch_brand(deps: Deps, call: Call[UpdateBrand, None]) -> Brand:
    return await update_brand(deps, call.uuid("brand_id"), call.body, call.once)


_CATEGORY_ERRORS = (
    (Invalid, "name_invalid"),
    (Invalid, "parent_not_found"),
    (Invalid, "category_too_deep"),
    (Conflict, "category_exists"),
    (Conflict, "slug_taken"),
)

ROUTES = (
    Route(
        "GET",
        "/v1/categories",
        get_categories,
        PUBLIC,
        "The tree of categories, in the order of their positions",
        answer=CategoryTree,
        cache_seconds=0,
    ),
    Route(
        "GET",
        "/v1/categories/by-slug/{slug}",
        get_category_by_slug,
        PUBLIC,
        "One category, with the way to it from the root and what is right below it",
        answer=CategoryDetail,
        query=DetailQuery,
        errors=((NotFound, "category_not_found"), (Invalid, "currency_unknown")),
        cache_seconds=0,
    ),
    Route(
        "POST",
        "/v1/categories",
        post_category,
        WRITE,
        "Create a category",
        answer=Category,
        body=CreateCategory,
        status=201,
        errors=_CATEGORY_ERRORS,
        example={"name": "Vases", "parent_id": "0192d0c4-7f7e-7b60-8d00-2f6c9a1b2c3d", "position": 0},
    ),
    Route(
        "PATCH",
        "/v1/categories/{category_id}",
        patch_category,
        WRITE,
        "Rename, move or reorder a category",
        answer=Category,
        body=UpdateCategory,
        errors=(
            (NotFound, "category_not_found"),
            (Conflict, "version_conflict"),
            (Invalid, "category_below_itself"),
            *_CATEGORY_ERRORS,
        ),
        example={"version": 1, "name": "Vases and bowls"},
    ),
    Route(
        "GET",
        "/v1/brands",
        get_brands,
        PUBLIC,
        "Brands by name",
        answer=Page[Brand],
        query=PageQuery,
        errors=((Invalid, "cursor_invalid"),),
        cache_seconds=0,
    ),
    Route(
        "GET",
        "/v1/brands/by-slug/{slug}",
        get_brand_by_slug,
        PUBLIC,
        "One brand",
        answer=Brand,
        errors=((NotFound, "brand_not_found"),),
        cache_seconds=0,
    ),
    Route(
        "POST",
        "/v1/brands",
        post_brand,
        WRITE,
        "Create a brand",
        answer=Brand,
        body=CreateBrand,
        status=201,
        errors=((Conflict, "brand_exists"), (Conflict, "slug_taken")),
        example={"name": "Studio Orno"},
    ),
    Route(
        "PATCH",
        "/v1/brands/{brand_id}",
        patch_brand,
        WRITE,
        "Rename a brand, or give it another slug",
        answer=Brand,
        body=UpdateBrand,
        errors=((NotFound, "brand_not_found"), (Conflict, "brand_exists"), (Conflict, "slug_taken")),
        example={"name": "Orno Studio"},
    ),
)
