"""Lots and serial numbers: which of them go first. A serial number is a lot of one piece."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from tradewind.ports.database import Connection
from tradewind.services.inventory.domain.allocation import Share


@dataclass
class FreeLot:
    lot: str
    free: int


class FreeLots:
    """What is free of each lot, by SKU and warehouse, first expired first. Its stock is locked."""

    def __init__(self, found: dict[tuple[str, str], list[FreeLot]], tracked: Collection[str]) -> None:
        self._found, self._tracked = found, set(tracked)

    def pick(self, shares: Sequence[Share]) -> list[Share]:
        """The same pieces by lot, which are thereby no longer free here."""
        picked: list[Share] = []
        for share in shares:
            if share.sku not in self._tracked:
                picked.append(share)
                continue
            left = share.quantity
            for lot in self._found.get((share.sku, share.warehouse), []):
                quantity = min(left, lot.free)
                if quantity:
                    lot.free -= quantity
                    left -= quantity
                    picked.append(Share(share.sku, share.warehouse, quantity, lot.lot))
            assert left == 0, "what is on hand of a tracked SKU is in lots"
        return picked


async def free(connection: Connection, tracked: Collection[str], today: date) -> FreeLots:
    """Of these SKUs, which have lots; none that expires today or before."""
    found: dict[tuple[str, str], list[FreeLot]] = {}
    if tracked:
        rows = await connection.fetch(
            """
            SELECT sku, warehouse, lot, on_hand - reserved AS free FROM lots
            WHERE sku = ANY ($1::text[]) AND on_hand > reserved AND (expires_on IS NULL OR expires_on > $2)
            ORDER BY sku, warehouse, expires_on NULLS LAST, created_at, lot
            """,
            list(tracked),
            today,
        )
        for row in rows:
            found.setdefault((row["sku"], row["warehouse"]), []).append(FreeLot(row["lot"], row["free"]))
    return FreeLots(found, tracked)
