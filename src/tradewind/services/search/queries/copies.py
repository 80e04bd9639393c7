"""What an index is built and kept from, and how far it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from tradewind.contracts.product import ProductDocument
from tradewind.ports.database import Connection, Row
from tradewind.ports.search_index import Held, IndexDocument, SearchIndexUnavailable
from tradewind.services.search.deps import Deps
from tradewind.services.search.domain.indexing import index_document
from tradewind.services.search.shapes import IndexStatus

BATCH = 500

decode_product = msgspec.json.Decoder(ProductDocument).decode


@dataclass(frozen=True)
class Source:
    """What indexes are copies of. Where `name` is another, an index is no copy of it."""

    name: str
    last_change: int


@dataclass(frozen=True)
class Changes:
    documents: list[IndexDocument]
    gone: list[str]
    position: int


async def source(connection: Connection) -> Source:
    row = await connection.row("SELECT source, generation, last_change FROM progress")
    assert row is not None, "made by the first migration"
    return Source(f"{row['source']}:{row['generation']}", row["last_change"])


async def changes_after(connection: Connection, position: int) -> Changes:
    """The next BATCH, in order."""
    rows = await connection.fetch(
        """
        SELECT product_id, change, listed, product, in_stock, sold FROM documents
        WHERE change > $1 ORDER BY change LIMIT $2
        """,
        position,
        BATCH,
    )
    return Changes(
        [_document(row) for row in rows if row["listed"]],
        [str(row["product_id"]) for row in rows if not row["listed"]],
        rows[-1]["change"] if rows else position,
    )


async def all_listed(connection: Connection) -> AsyncIterator[Sequence[IndexDocument]]:
    after = UUID(int=0)
    while rows := await connection.fetch(
        """
        SELECT product_id, change, product, in_stock, sold FROM documents
        WHERE listed AND product_id > $1 ORDER BY product_id LIMIT $2
        """,
        after,
        BATCH,
    ):
        yield [_document(row) for row in rows]
        after = rows[-1]["product_id"]


async def number_listed(connection: Connection) -> int:
    number: int = await connection.value("SELECT count(*) FROM documents WHERE listed")
    return number


def _document(row: Row) -> IndexDocument:
    product = decode_product(row["product"])
    return index_document(product, row["change"], in_stock=row["in_stock"], sold=row["sold"])


async def status(deps: Deps) -> IndexStatus:
    """`indexed` is 0 while the first index of this process is being built."""
    try:
        held = await deps.index.held() or Held("", 0)
        indexed = await deps.index.size()
    except SearchIndexUnavailable:
        held, indexed = Held("", 0), 0
    row = await deps.db.row(
        """
        SELECT built_at, rebuild <> 'idle' AS rebuilding,
            (SELECT count(*) FROM documents WHERE listed) AS documents,
            (SELECT count(*) FROM documents WHERE change > $1) + (SELECT count(*) FROM stale) AS lag
        FROM progress
        """,
        held.position,
    )
    assert row is not None, "made by the first migration"
    return IndexStatus(row["documents"], indexed, row["lag"], row["built_at"], row["rebuilding"])
