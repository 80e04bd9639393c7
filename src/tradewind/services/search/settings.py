"""Settings of the search service."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tradewind.kernel.settings import setting
from tradewind.services.search.domain.indexing import NUMBER_NAMES


@dataclass(frozen=True)
class Settings:
    default_currency: str = setting("EUR", help="currency of searches that name none")
    data_dir: str = setting(
        "", help="where the index is kept from run to run, in `search-index`; empty: nowhere"
    )
    languages: tuple[str, ...] = setting(
        ("en", "de"), help="languages of the catalogue, by which words are stemmed; parted by commas"
    )
    enough_hits: int = setting(
        10, help="where fewer products than this have every word, those that have some follow"
    )
    kept_days: int = setting(180, help="how long single searches and clicks are kept")
    popular_days: int = setting(30, help="how many days of sales, and of searches for suggestions, count")
    refresh_batch_products: int = setting(200, help="products that are asked of the product service at once")

    @property
    def index_folder(self) -> Path | None:
        return Path(self.data_dir).resolve() / "search-index" if self.data_dir else None

    @property
    def number_names(self) -> tuple[str, ...]:
        return NUMBER_NAMES
