"""`python -m bench.search DATA [--queries CSV]`: relevance, index rate, and latency under a steady load."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.search.judged import Judgements, ndcg, read_judgements
from bench.search.load import Latencies, steady
from bench.search.products import read_products
from bench.search.subject import Subject, open_subject
from tradewind.services.search.shapes import SearchQuery

GOAL_NDCG, GOAL_P95_MS = 0.80, 15.0


def main() -> int:
    options = _parser().parse_args()
    products, queries = _products_in(options.data), options.queries or _queries_in(options.data)
    return asyncio.run(_run(products, queries, options))


async def _run(products: Path, queries: Path, options: argparse.Namespace) -> int:
    console = Console()
    documents = list(read_products(products))
    judged = read_judgements(queries)
    async with open_subject(documents) as subject:
        scores, empty = await relevance(subject, judged)
        if options.verbose:
            for query, score in scores.items():
                console.print(f"{'   -' if score is None else f'{score:.2f}'}  {query}")
        usable = [score for score in scores.values() if score is not None]
        latencies = await steady(subject, list(judged), options.rate, options.seconds)
    _print(console, subject, len(judged), usable, empty, latencies, options)
    met = sum(usable) / len(usable) > GOAL_NDCG and latencies.p95_ms < GOAL_P95_MS
    return 0 if met or not options.strict else 1


async def relevance(subject: Subject, judged: Judgements) -> tuple[dict[str, float | None], int]:
    """By query; and how many found nothing."""
    scores: dict[str, float | None] = {}
    empty = 0
    for query, ratings in judged.items():
        found = await subject.search(SearchQuery(q=query, limit=10))
        scores[query] = ndcg(found, ratings)
        empty += not found
    return scores, empty


def _print(
    console: Console,
    subject: Subject,
    queries: int,
    usable: list[float],
    empty: int,
    latencies: Latencies,
    options: argparse.Namespace,
) -> None:
    table = Table("what", "figure", "goal", title=f"Search over {subject.documents} products, {subject.way}")
    table.add_row(
        f"NDCG@10 of {len(usable)} judged queries", f"{sum(usable) / len(usable):.4f}", f"> {GOAL_NDCG:.2f}"
    )
    table.add_row("queries that found nothing", f"{empty} of {queries} ({empty / queries:.1%})", "")
    table.add_row("index rate", f"{subject.documents_per_second:,.0f} documents/s", "")
    goal = f"< {GOAL_P95_MS:g} ms"
    rate = f"at {options.rate} queries a second, with facets"
    table.add_row(f"p50 {rate}", f"{latencies.p50_ms:.2f} ms", "")
    table.add_row(f"p95 {rate}", f"{latencies.p95_ms:.2f} ms", goal)
    table.add_row(f"p99 {rate}", f"{latencies.p99_ms:.2f} ms", "")
    console.print(table)


def _products_in(folder: Path) -> Path:
    for name in ("products.jsonl.gz", "products.jsonl"):
        if (folder / name).exists():
            return folder / name
    sys.exit(f"{folder} has no products.jsonl(.gz)")


def _queries_in(folder: Path) -> Path:
    found = sorted(folder.glob("*.csv"))
    if not found:
        sys.exit(f"{folder} has no judged queries (*.csv with the columns query, docid, rating)")
    return found[0]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.search", description=__doc__)
    parser.add_argument(
        "data", type=Path, help="folder with products.jsonl(.gz), ours or Open Icecat's, and *.csv"
    )
    parser.add_argument(
        "--queries", type=Path, help="judged queries: CSV with the columns query, docid, rating"
    )
    parser.add_argument("--rate", type=int, default=50, help="queries a second (default: 50)")
    parser.add_argument("--seconds", type=float, default=20, help="for how long (default: 20)")
    parser.add_argument("--strict", action="store_true", help="status 1 where a goal is missed")
    parser.add_argument("--verbose", action="store_true", help="each query's score")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
