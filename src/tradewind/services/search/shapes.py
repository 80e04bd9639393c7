"""What clients send and are answered. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import AmountMinor, Body, CurrencyCode

Sort = Literal["relevance", "price", "-price", "newest", "rating"]
SynonymKind = Literal["two_way", "one_way"]
Cursor = Annotated[str, Meta(max_length=400)]
QueryText = Annotated[str, Meta(max_length=200)]
# All of them together must fit into a URL.
Categories = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=700)]],
    Meta(max_length=10, description="slugs or paths; with what is below them"),
]
Brands = Annotated[list[Annotated[str, Meta(min_length=1, max_length=120)]], Meta(max_length=20)]
Values = Annotated[list[Annotated[str, Meta(min_length=1, max_length=60)]], Meta(max_length=20)]
AttributeName = Annotated[str, Meta(min_length=1, max_length=120)]
Days = Annotated[int, Meta(ge=1, le=366)]
TermText = Annotated[str, Meta(min_length=1, max_length=100)]


class SearchQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Values of one name are alternatives; different names must all hold. Prices in minor units of `currency`."""

    q: QueryText = ""
    category: Categories = []
    brand: Brands = []
    price_min: AmountMinor | None = None
    price_max: AmountMinor | None = None
    currency: CurrencyCode | None = None
    rating_min: Annotated[float, Meta(ge=0, le=5)] | None = None
    in_stock: Annotated[bool, Meta(description="true: only what can be had now")] = False
    attr: Annotated[dict[AttributeName, Values], Meta(max_length=10)] = {}
    sort: Sort = "relevance"
    limit: Annotated[int, Meta(ge=1, le=100)] = 24
    cursor: Cursor | None = None


class Highlight(msgspec.Struct, frozen=True):
    """A piece of text; `hit` where it is what was searched for."""

    text: str
    hit: bool


class SearchHit(msgspec.Struct, frozen=True):
    """`price_minor` is the lowest of its variants, `compare_at_minor` what that was before it was lowered."""

    product_id: UUID
    external_id: str
    slug: str
    sku: str
    title: str
    highlighted: list[Highlight]
    snippet: list[Highlight]
    brand: str | None
    category: str
    price_minor: int | None
    compare_at_minor: int | None
    currency: str
    image_url: str | None
    image_alt: str
    rating: float | None
    rating_count: int
    in_stock: bool
    variant_count: int


class FacetValue(msgspec.Struct, frozen=True):
    value: str
    label: str
    count: int
    selected: bool


class Facet(msgspec.Struct, frozen=True):
    """`name` is the parameter to filter by: category, brand, attr.NAME; of price, a value is `from-to` (or `from-`),
    both within; of rating, so many stars and more; of availability, in_stock or out_of_stock. A value counts what
    would be found if it were chosen instead of those of the same name that are."""

    name: str
    title: str
    values: list[FacetValue]


class SearchAnswer(msgspec.Struct, frozen=True):
    search_id: UUID
    query: str
    total: int
    hits: list[SearchHit]
    facets: list[Facet]
    did_you_mean: str | None = None
    next: str | None = None


class SuggestQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    q: QueryText = ""
    currency: CurrencyCode | None = None


class SuggestedQuery(msgspec.Struct, frozen=True):
    text: str


class SuggestedProduct(msgspec.Struct, frozen=True):
    product_id: UUID
    slug: str
    title: str
    image_url: str | None
    price_minor: int | None
    currency: str


class SuggestedCategory(msgspec.Struct, frozen=True):
    slug: str
    name: str
    path: str
    count: int


class Suggestions(msgspec.Struct, frozen=True):
    queries: list[SuggestedQuery]
    products: list[SuggestedProduct]
    categories: list[SuggestedCategory]


class ReportClick(Body, frozen=True):
    """`position` counts from 1 over all pages."""

    search_id: UUID
    product_id: UUID
    position: Annotated[int, Meta(ge=1, le=1_000_000)]


class InsightsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    days: Days = 30


class TopQuery(msgspec.Struct, frozen=True):
    """`average_hits` is how many products it found, on average."""

    query: str
    searches: int
    clicks: int
    average_hits: float


class ZeroQuery(msgspec.Struct, frozen=True):
    query: str
    searches: int
    last_at: datetime


class Insights(msgspec.Struct, frozen=True):
    """`click_rate` is the share of searches after which something was chosen, 0 to 1."""

    top: list[TopQuery]
    zero: list[ZeroQuery]
    searches: int
    click_rate: float


class SynonymsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Cursor | None = None


class PutSynonym(Body, frozen=True):
    """Two-way: each of `terms` finds the others. One-way: `from_term` finds `terms` too."""

    terms: Annotated[list[TermText], Meta(min_length=1, max_length=50)]
    kind: SynonymKind = "two_way"
    from_term: TermText | None = None


class Synonym(msgspec.Struct, frozen=True):
    synonym_id: UUID
    kind: SynonymKind
    terms: list[str]
    from_term: str | None
    created_at: datetime
    updated_at: datetime


class RebuildWanted(msgspec.Struct, frozen=True):
    """/v1/search/status tells when it is done."""

    wanted_at: datetime


class IndexStatus(msgspec.Struct, frozen=True):
    """`documents` are the products that shoppers may find; `indexed` those that the process that answers finds;
    `lag` are changes that it does not have yet, and products that are yet to be asked for."""

    documents: int
    indexed: int
    lag: int
    built_at: datetime | None
    rebuilding: bool
