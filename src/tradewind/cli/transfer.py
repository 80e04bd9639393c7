"""Import and export from the command line, with progress: what goes in, and what does not and why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from tradewind.kernel.compose import Runtime
from tradewind.services.order.queries.export import export_orders
from tradewind.services.order.shapes.record import ExportQuery
from tradewind.services.product.importing.source import ImportSource
from tradewind.services.product.shapes import ImportProblem
from tradewind.services.product.use_cases.export_products import export_products
from tradewind.services.product.use_cases.import_products import ImportProgress, import_products

PROBLEMS_SHOWN = 50


class TransferError(Exception):
    """What was asked cannot be done; the message says what would be right."""


async def import_file(
    runtime: Runtime, file: Path, format: str, currency: str, warehouse: str, console: Console
) -> None:
    """Print each problem with its line, and the counts at the end."""
    if format not in ("jsonl", "shopify"):
        raise TransferError("the format is `jsonl` or `shopify`")
    chosen: Literal["jsonl", "shopify"] = "jsonl" if format == "jsonl" else "shopify"
    source = ImportSource.of_file(file, chosen, currency=currency, warehouse=warehouse)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    shown = 0
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(file.name, total=None)

        def report(at: ImportProgress) -> None:
            nonlocal shown
            progress.update(task, completed=at.run.position)
            for problem in at.problems:
                shown += 1
                if shown <= PROBLEMS_SHOWN:
                    console.print(_words(problem))

        result = await import_products(runtime.running["product"].deps, source, report)
    if shown > PROBLEMS_SHOWN:
        console.print(
            f"... and {shown - PROBLEMS_SHOWN} more: GET /v1/imports/{result.run.import_id}/problems"
        )
    run = result.run
    console.print(
        f"{'Resumed and finished' if result.resumed else 'Imported'} {file.name}: {run.created} created, "
        f"{run.updated} updated, {run.unchanged} unchanged, {run.rejected} rejected, {run.warnings} warnings"
    )


def _words(problem: ImportProblem) -> str:
    where = f"line {problem.line}" + (f" ({problem.external_id})" if problem.external_id else "")
    field = f" {problem.field}:" if problem.field else ""
    return f"{where} {problem.severity}:{field} {problem.reason}"


async def export_file(runtime: Runtime, what: str, file: Path, console: Console) -> None:
    """One product or order a line; `-` is standard output. A file is complete or not there. Orders are CSV where
    the file's name says so."""
    count = 0
    if what == "products":
        chunks = export_products(runtime.running["product"].deps)
    else:
        chosen: Literal["csv", "jsonl"] = "csv" if file.suffix == ".csv" else "jsonl"
        chunks = export_orders(runtime.running["order"].deps.db, ExportQuery(format=chosen))
    to_standard_output = str(file) == "-"
    partial = file.with_name(file.name + ".partial")
    target = sys.stdout.buffer if to_standard_output else partial.open("wb")
    try:
        async for chunk in chunks:
            target.write(chunk)
            count += chunk.count(b"\n")
    finally:
        target.flush()
        if not to_standard_output:
            target.close()
    if not to_standard_output:
        partial.replace(file)
    console.print(f"Exported {count} {what}" if file.suffix != ".csv" else f"Exported {count - 1} {what}")
