"""Settings of the product service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tradewind.kernel.settings import setting


@dataclass(frozen=True)
class Settings:
    default_currency: str = setting("EUR", help="currency of product lists that name none")
    import_batch_products: int = setting(200, help="products of an import that are committed at once")
    data_dir: str = setting("data", help="uploaded pictures are kept in the folder `media` of this one")
    reviews_shown_at_once: Literal["verified", "all", "none"] = setting(
        "verified",
        help="reviews that are published as they are written: `verified` (who wrote it bought the product), "
        "`all` or `none`; staff publish the others",
    )
