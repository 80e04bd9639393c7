"""From environment variables to a World: here, and nowhere else, ports meet their adapters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tradewind.adapters.analytics_store.duckdb import open_duckdb_store
from tradewind.adapters.blob.files import open_file_blobs
from tradewind.adapters.bus.nats import NatsBus
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.adapters.mailer.choice import open_mailer
from tradewind.adapters.payment_gateway.choice import open_gateways
from tradewind.adapters.search_index.tantivy_index import open_tantivy_index
from tradewind.cli.options import Options
from tradewind.kernel.clock import SystemClock
from tradewind.kernel.compose import Runtime, World
from tradewind.kernel.graph import CompositionError, Graph
from tradewind.kernel.settings import SettingsError
from tradewind.ports.analytics_store import AnalyticsStore
from tradewind.ports.blob import Blobs
from tradewind.ports.mailer import Mailer
from tradewind.ports.payment_gateway import Gateways
from tradewind.ports.search_index import SearchIndex
from tradewind.services import registry

PORTS: Mapping[type, Any] = {
    SearchIndex: open_tantivy_index,
    AnalyticsStore: open_duckdb_store,
    Blobs: open_file_blobs,
    Gateways: open_gateways,
    Mailer: open_mailer,
}


def make_world(environ: Mapping[str, str], options: Options) -> World:
    """Raises SettingsError where there is no secret, or a service has no database."""
    secret_key = environ.get("TRADEWIND_SECRET_KEY") or options.secret_key
    if not secret_key:
        raise SettingsError(
            "TRADEWIND_SECRET_KEY is not set: every process of a shop is given the same secret"
        )

    def open_database(service: str) -> PostgresDatabase:
        url = environ.get(f"TRADEWIND_{service.upper()}_DATABASE_URL") or environ.get(
            "TRADEWIND_DATABASE_URL"
        )
        if not url:
            raise SettingsError(
                f"TRADEWIND_DATABASE_URL (or TRADEWIND_{service.upper()}_DATABASE_URL) is not set"
            )
        return PostgresDatabase(url, service, max_size=options.database_connections)

    nats_url = environ.get("TRADEWIND_NATS_URL", "")
    return World(
        environ=environ,
        open_database=open_database,
        ports=PORTS,
        secret_key=secret_key,
        clock=SystemClock(),
        bus=NatsBus(nats_url) if nats_url else None,
        urls=service_urls(environ),
    )


def service_urls(environ: Mapping[str, str]) -> dict[str, Sequence[str]]:
    """Where services run that are not here: TRADEWIND_ORDER_URL, several replicas parted by commas."""
    urls: dict[str, Sequence[str]] = {}
    for name in registry.NAMES:
        text = environ.get(f"TRADEWIND_{name.upper()}_URL", "")
        if text:
            urls[name] = [url.strip() for url in text.split(",") if url.strip()]
    return urls


def make_runtime(environ: Mapping[str, str], options: Options, local: Sequence[str]) -> Runtime:
    """Raises CompositionError and SettingsError, which say what is missing."""
    graph, world = Graph.of(registry.load()), make_world(environ, options)
    deaf = graph.deaf(local) if world.bus is None else []
    if deaf:
        raise CompositionError("\n".join(deaf))
    return Runtime(graph, local, world)
