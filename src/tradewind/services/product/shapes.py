"""What clients send and are answered, beyond the parts in domain.py. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tradewind.contracts.common import AmountMinor, Body, CurrencyCode, Limit, Sku
from tradewind.services.product.domain import (
    Attributes,
    AttributeValue,
    BrandName,
    CategoryName,
    CategoryPath,
    CategoryPaths,
    Description,
    ExternalId,
    Image,
    Images,
    OptionNames,
    Price,
    Slug,
    Status,
    TaxClass,
    Title,
    Variants,
)

Version = Annotated[
    int, Meta(ge=1, le=2**31 - 1, description="refused with 409 unless it is the present one")
]
Position = Annotated[int, Meta(ge=0, le=1_000_000)]
Cursor = Annotated[str, Meta(max_length=1000)]
Sort = Literal["newest", "price", "-price", "title", "rating"]


class CreateProduct(Body, frozen=True):
    """`external_id` is the product's id in another system; left out, it is our own id."""

    title: Title
    status: Literal["draft", "active"] = "draft"
    external_id: ExternalId | None = None
    slug: Slug | None = None
    description: Description = ""
    brand: BrandName | None = None
    categories: CategoryPaths = []
    attributes: Attributes = {}
    options: OptionNames = []
    variants: Variants = []
    images: Images = []
    tax_class: TaxClass = "standard"


class UpdateProduct(Body, frozen=True):
    """What is left out stays as it is; a list or object that is given replaces the whole of it.

    `variants` replaces all of them: one with a known SKU is changed, one left out is removed. `brand` null
    takes the brand away. The status changes by the archive and activate calls.
    """

    version: Version | UnsetType = UNSET
    title: Title | UnsetType = UNSET
    external_id: ExternalId | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    brand: BrandName | UnsetType | None = UNSET
    categories: CategoryPaths | UnsetType = UNSET
    attributes: Attributes | UnsetType = UNSET
    options: OptionNames | UnsetType = UNSET
    variants: Variants | UnsetType = UNSET
    images: Images | UnsetType = UNSET
    tax_class: TaxClass | UnsetType = UNSET


class SavedProduct(msgspec.Struct, frozen=True):
    """What a write answers: enough to read the product, or to change it again."""

    product_id: UUID
    external_id: str
    slug: str
    status: Status
    version: int


class BrandOfProduct(msgspec.Struct, frozen=True):
    brand_id: UUID
    name: str
    slug: str


class CategoryOfProduct(msgspec.Struct, frozen=True):
    category_id: UUID
    name: str
    slug: str
    path: str
    position: int


class VariantDetail(msgspec.Struct, frozen=True):
    sku: str
    gtin: str | None
    options: dict[str, str]
    weight_grams: int
    prices: list[Price]
    available: int


class ProductDetail(msgspec.Struct, frozen=True):
    """`category` is the primary category's path, the first of `categories`. `rating_average`, 1 to 5 with two
    decimals, is of published reviews; null without one."""

    product_id: UUID
    external_id: str
    slug: str
    title: str
    description: str
    brand: BrandOfProduct | None
    category: str | None
    categories: list[CategoryOfProduct]
    status: Status
    attributes: dict[str, AttributeValue]
    options: list[str]
    images: list[Image]
    tax_class: str
    version: int
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    rating_average: float | None
    rating_count: int
    variants: list[VariantDetail]


class ProductCard(msgspec.Struct, frozen=True):
    """A product in a list. `price_minor` is its lowest price in `currency` (null in staff's lists where it
    has none), `available` the sum over its variants."""

    product_id: UUID
    external_id: str
    slug: str
    title: str
    brand: str | None
    category: str | None
    image: Image | None
    status: Status
    variant_count: int
    rating_average: float | None
    rating_count: int
    currency: str
    price_minor: int | None
    compare_at_minor: int | None
    available: int


class DetailQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    currency: CurrencyCode | None = None


class ListQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`category` is a slug or a path and takes in its descendants; `brand` is a slug or a name.

    `product_id`, which may be repeated, asks for these products, all at once and in this order. `q`, for staff as
    `status` is, finds each of its words in a title, or a SKU, GTIN or external id by its beginning. `in_stock`
    leaves out what is sold out, or with false what is not: such a page may hold fewer than `limit` before the last.
    Sort `rating` has the best rated first.
    """

    category: CategoryPath | None = None
    brand: Annotated[str, Meta(max_length=120)] | None = None
    price_min: AmountMinor | None = None
    price_max: AmountMinor | None = None
    rating_min: Annotated[float, Meta(ge=0, le=5)] | None = None
    currency: CurrencyCode | None = None
    status: Status | Literal["any"] | None = None
    q: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    product_id: Annotated[list[UUID], Meta(max_length=100)] = []
    in_stock: bool | None = None
    sku: Sku | None = None
    external_id: ExternalId | None = None
    sort: Sort = "newest"
    limit: Limit = 24
    cursor: Cursor | None = None


class RelatedQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    currency: CurrencyCode | None = None
    limit: Annotated[int, Meta(ge=1, le=24)] = 8


class ProductCounts(msgspec.Struct, frozen=True):
    draft: int
    active: int
    archived: int


class ImageQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`alt` says what is to be seen, to those who do not see it."""

    alt: Annotated[str, Meta(max_length=500)] = ""


class AddedImage(msgspec.Struct, frozen=True):
    """`position` among the product's pictures; `version` is the product's now."""

    url: str
    alt: str
    position: int
    width: int
    height: int
    version: int


class PageQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    limit: Limit = 50
    cursor: Cursor | None = None


class CreateBrand(Body, frozen=True):
    name: BrandName
    slug: Slug | None = None


class UpdateBrand(Body, frozen=True):
    name: BrandName | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET


class Brand(msgspec.Struct, frozen=True):
    brand_id: UUID
    name: str
    slug: str


class CreateCategory(Body, frozen=True):
    """`position` orders it among its siblings; left out, it becomes the last."""

    name: CategoryName
    parent_id: UUID | None = None
    slug: Slug | None = None
    position: Position | None = None


class UpdateCategory(Body, frozen=True):
    """`parent_id` moves it with all below it; null makes it a root."""

    version: Version | UnsetType = UNSET
    name: CategoryName | UnsetType = UNSET
    parent_id: UUID | UnsetType | None = UNSET
    slug: Slug | UnsetType = UNSET
    position: Position | UnsetType = UNSET


class Category(msgspec.Struct, frozen=True):
    category_id: UUID
    parent_id: UUID | None
    name: str
    slug: str
    path: str
    position: int
    version: int


class CategoryNode(msgspec.Struct, frozen=True):
    category_id: UUID
    name: str
    slug: str
    path: str
    position: int
    version: int
    children: list[CategoryNode]


class CategoryTree(msgspec.Struct, frozen=True):
    items: list[CategoryNode]


class CategoryPlace(msgspec.Struct, frozen=True):
    category_id: UUID
    name: str
    slug: str


class CategoryDetail(msgspec.Struct, frozen=True):
    """One category with its way from the root (`breadcrumb`, without itself), what is right below it, and how
    many products are for sale in it and below in the currency that was asked for."""

    category_id: UUID
    name: str
    slug: str
    path: str
    breadcrumb: list[CategoryPlace]
    children: list[CategoryPlace]
    product_count: int


class ImportQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`currency` and `warehouse` are what a Shopify file does not say of its prices and its stock."""

    format: Literal["jsonl", "shopify"] = "jsonl"
    file_name: Annotated[str, Meta(min_length=1, max_length=255)] = "upload"
    currency: CurrencyCode | None = None
    warehouse: Annotated[str, Meta(min_length=1, max_length=32)] | None = None


class ImportProblem(msgspec.Struct, frozen=True):
    """`rejected`: the product of this line was left out; `warning`: a part of it was."""

    line: int
    severity: Literal["rejected", "warning"]
    code: str
    reason: str
    external_id: str | None = None
    sku: str | None = None
    field: str | None = None


class ImportRun(msgspec.Struct, frozen=True):
    """`position` counts the products of the file that are dealt with. One that is `running` without progress
    was broken off: start the same file again, and it goes on from there."""

    import_id: UUID
    file_name: str
    format: str
    state: Literal["running", "finished"]
    position: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    warnings: int
    stock_counts: int
    started_at: datetime
    updated_at: datetime
    finished_at: datetime | None


class ImportResult(msgspec.Struct, frozen=True):
    """`resumed`: it went on where an earlier start had broken off. `problems` holds the first thousand;
    all of them are at /v1/imports/{import_id}/problems."""

    run: ImportRun
    resumed: bool
    problems: list[ImportProblem]
