"""`tradewind keys`: which keys wrap the data keys, and to wrap them anew."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from tradewind.kernel.compose import Runtime


async def show_keys(runtime: Runtime, console: Console) -> bool:
    """Answers whether all is wrapped with the first key and nothing is left in the old form. Raises SettingsError
    where a data key does not open."""
    await runtime.open_keys()
    table, clean = Table("service", "purpose", "wrapped with", "since", "values in the old form"), True
    for alive in runtime.running.values():
        for it in await alive.vault.status(alive.database):
            clean = clean and it.current and not it.old_values
            named = it.wrapped_with if it.current else f"{it.wrapped_with} (rotate)"
            table.add_row(
                it.service, it.purpose, named, f"{it.wrapped_at:%Y-%m-%d %H:%M}", str(it.old_values)
            )
    console.print(table)
    return clean


async def rotate_keys(runtime: Runtime, console: Console) -> None:
    """Wrap every data key with the first key of the settings, and bring values in the old form under them. While
    the shop runs; may be repeated. Raises SettingsError where a data key does not open."""
    await runtime.open_keys()
    for name, alive in runtime.running.items():
        if alive.service.sealed:
            wrapped = await alive.vault.rewrap(alive.database)
            sealed = await alive.vault.reseal(alive.database)
            console.print(f"{name}: {wrapped} data keys wrapped anew, {sealed} values sealed anew")
