"""Numbered SQL files, applied once each, in order, in one transaction, by one process at a time.

An applied file must not change: its checksum is kept and compared. Migrations expand, then contract
(ARCHITECTURE, rule 12), so that version N runs beside N-1.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files

from tradewind.ports.database import Database

_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
KERNEL = "tradewind.kernel.migrations"


class MigrationError(Exception):
    """An applied migration was changed, or the numbering has a gap or a double."""


@dataclass(frozen=True)
class Migration:
    package: str
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def load(package: str) -> list[Migration]:
    """The package's SQL files in order. Raises MigrationError unless they count 0001, 0002, ..."""
    found = sorted(
        (entry for entry in files(package).iterdir() if entry.name.endswith(".sql")), key=lambda e: e.name
    )
    for expected, entry in enumerate(found, start=1):
        match = _NAME.fullmatch(entry.name)
        if match is None or int(match[1]) != expected:
            raise MigrationError(f"{package}: expected {expected:04d}_some_name.sql, found {entry.name}")
    return [Migration(package, entry.name, entry.read_text(encoding="utf-8")) for entry in found]


async def migrate(database: Database, package: str) -> list[str]:
    """Bring the schema up to date; answers the names of what was applied."""
    wanted = load(KERNEL) + load(package)
    applied_now: list[str] = []
    async with database.begin() as tx:
        await tx.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('tradewind:' || $1, 0))", database.schema
        )
        await tx.execute(f'CREATE SCHEMA IF NOT EXISTS "{database.schema}"')
        await tx.execute(
            """
            CREATE TABLE IF NOT EXISTS schema_migrations (
                package text NOT NULL, name text NOT NULL, checksum text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (package, name))
            """
        )
        applied = {
            (row["package"], row["name"]): row["checksum"]
            for row in await tx.fetch("SELECT package, name, checksum FROM schema_migrations")
        }
        for migration in wanted:
            known = applied.get((migration.package, migration.name))
            if known == migration.checksum:
                continue
            if known is not None:
                raise MigrationError(
                    f"{migration.package}/{migration.name} was changed after it was applied: "
                    "write a new migration instead"
                )
            await tx.execute(migration.sql)
            await tx.execute(
                "INSERT INTO schema_migrations (package, name, checksum) VALUES ($1, $2, $3)",
                migration.package,
                migration.name,
                migration.checksum,
            )
            applied_now.append(migration.name)
    return applied_now


async def pending(database: Database, package: str) -> list[str]:
    """Names of migrations not applied yet: readiness asks this once."""
    present = await database.value("SELECT to_regclass('schema_migrations') IS NOT NULL")
    rows = await database.fetch("SELECT package, name FROM schema_migrations") if present else []
    applied = {(row["package"], row["name"]) for row in rows}
    return [m.name for m in load(KERNEL) + load(package) if (m.package, m.name) not in applied]
