"""What a newcomer sees when the shop is up."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from tradewind.cli.options import Options
from tradewind.cli.seed import DEMO_ACCOUNTS, DEMO_PASSWORD


def print_welcome(
    console: Console, url: str, environ: Mapping[str, str], options: Options, *, seeded: bool
) -> None:
    """`seeded`: whether the demo shop's accounts are there to sign in with."""
    places = Table.grid(padding=(0, 2))
    for name, value in (
        ("shop", url),
        ("back office", f"{url}/admin"),
        ("reference", f"{url}/docs"),
        ("OpenAPI", f"{url}/openapi.json"),
        ("health", f"{url}/health/ready"),
        ("card processor", environ.get("TRADEWIND_PAYMENT_PROCESSOR_URL", "-")),
        (
            "data",
            options.data_dir if "TRADEWIND_DATABASE_URL" not in environ else _database(environ, options),
        ),
    ):
        places.add_row(name, f"[bold]{value}[/]")
    console.print(Panel(places, title="Tradewind is up", title_align="left", expand=False))
    if seeded:
        accounts = Table.grid(padding=(0, 2))
        for email, _, roles in DEMO_ACCOUNTS:
            accounts.add_row(email, ", ".join(roles))
        console.print(
            Panel(
                accounts,
                title=f"Demo accounts, all with the password {DEMO_PASSWORD}",
                title_align="left",
                expand=False,
            )
        )
        console.print("Test card: 4242 4242 4242 4242, any later date, any code. Ctrl-C stops everything.")


def _database(environ: Mapping[str, str], options: Options) -> str:
    return options.data_dir if not options.database_url else "the database of TRADEWIND_DATABASE_URL"
