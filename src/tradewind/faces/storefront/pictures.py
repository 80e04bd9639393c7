"""Which picture shows which variant. The catalogue keeps pictures by product: their names and words tell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.telemetry import log

KEPT_SECONDS = 300.0
MOST_LOOKED_UP = 24  # products; of what is further down, the product's own picture does


def picture_of(variant: Mapping[str, Any], images: Sequence[Mapping[str, Any]]) -> int:
    """The index of the first picture whose file name, else whose description, has a word of the variant's
    options; 0 where none has."""
    wanted = [word for value in variant["options"].values() for word in _words(value)]
    for told in ([image["url"].rpartition("/")[2] for image in images], [image["alt"] for image in images]):
        for index, text in enumerate(told):
            if set(wanted) & set(_words(text)):
                return index
    return 0


async def pictures_of(visit: Visit, lines: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """By SKU, for the lines of a cart or an order. A line knows its product's picture alone: of those with
    options, the catalogue is asked which one shows them."""
    found = {line["sku"]: line["image_url"] for line in lines if line["image_url"]}
    chosen = [line for line in lines if line["options"] and line["image_url"]][:MOST_LOOKED_UP]
    answers = await visit.api.together(*(_images(visit, line["product_id"]) for line in chosen))
    for line, images in zip(chosen, answers, strict=True):
        if images:
            found[line["sku"]] = images[picture_of(line, images)]["url"]
    return found


async def _images(visit: Visit, product_id: str) -> list[dict[str, Any]]:
    async def ask() -> list[dict[str, Any]]:
        try:
            detail = await visit.api.find(f"/v1/products/{product_id}")
        except ApiProblem as problem:
            log.info("pictures_unknown", product_id=product_id, code=problem.code)
            return []
        return detail["images"] if detail else []

    images: list[dict[str, Any]] = await visit.kept.get(("pictures", product_id), KEPT_SECONDS, ask)
    return images


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return [word for word in re.split(r"[^a-z0-9]+", plain) if len(word) > 2]
