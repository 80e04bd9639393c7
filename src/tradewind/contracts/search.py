"""What the search service tells the others: what is searched for, and what is chosen of it."""

from __future__ import annotations

from uuid import UUID

from tradewind.kernel.events import Event


class SearchPerformed(Event, tag="search.performed"):
    """Somebody asked for something. `query` is as it was typed, shortened to 200 characters."""

    search_id: UUID
    query: str
    hits: int  # in all, over every page
    filters: dict[str, list[str]]
    account_id: UUID | None = None


class SearchHitClicked(Event, tag="search.hit_clicked"):
    """`position` counts from 1 over all pages."""

    search_id: UUID
    product_id: UUID
    position: int
    account_id: UUID | None = None
