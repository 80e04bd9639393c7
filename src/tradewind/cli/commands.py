"""The commands of `tradewind`. Each says what it does in `--help`, and ends with a plain reason when it cannot."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
import uvloop
from rich.console import Console

from tradewind.adapters.engine_process import EmbeddedEngineError
from tradewind.cli import transfer
from tradewind.cli.engines import EngineError, start_database, start_engines
from tradewind.cli.history import import_history
from tradewind.cli.keys import rotate_keys, show_keys
from tradewind.cli.options import Options, load_options, set_public_url
from tradewind.cli.seed import seed_demo_shop, with_demo_settings
from tradewind.cli.serve import GATEWAY, PortInUse, listen, running, serve
from tradewind.cli.supervise import Child, Supervisor, free_ports
from tradewind.cli.webhooks import register_webhooks
from tradewind.cli.welcome import print_welcome
from tradewind.cli.world import make_runtime, service_urls
from tradewind.kernel.compose import Runtime
from tradewind.kernel.errors import Refusal
from tradewind.kernel.graph import CompositionError, Graph
from tradewind.kernel.migrate import MigrationError
from tradewind.kernel.openapi import openapi
from tradewind.kernel.settings import SettingsError
from tradewind.kernel.telemetry import configure_logging, start_tracing
from tradewind.ports.database import DatabaseUnavailable
from tradewind.services import registry
from tradewind.services.analytics.importing.columns import read_map
from tradewind.services.analytics.importing.source import HistoryOptions
from tradewind.verify.checks import verify_shop

app = typer.Typer(
    name="tradewind",
    help="A commerce platform: the whole shop in one process, or a process a service, from the same code.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
console = Console(stderr=True, highlight=False, soft_wrap=True)
_PLAIN_REASONS = (
    CompositionError,
    DatabaseUnavailable,
    EmbeddedEngineError,
    EngineError,
    MigrationError,
    PortInUse,
    Refusal,
    SettingsError,
    transfer.TransferError,
)

Data = Annotated[
    Path, typer.Option("--data", help="Folder of the embedded engines. [env: TRADEWIND_DATA_DIR]")
]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)]
Seed = Annotated[
    bool, typer.Option("--seed-demo", help="Fill an empty shop with demo products and accounts.")
]
DEFAULT_DATA = Path("data")


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end; what can be expected to go wrong ends with its reason and status 1, not a traceback."""
    try:
        return uvloop.run(work)
    except _PLAIN_REASONS as error:
        console.print(f"[bold red]tradewind:[/] {error}")
        raise typer.Exit(1) from error


def _prepare(data: Path) -> Options:
    if data != DEFAULT_DATA:
        os.environ["TRADEWIND_DATA_DIR"] = str(data)
    try:
        options = load_options(os.environ)
    except SettingsError as error:
        console.print(f"[bold red]tradewind:[/] {error}")
        raise typer.Exit(1) from error
    configure_logging(level=options.log_level)
    return options


@app.command()
def up(
    services: Annotated[
        list[str] | None,
        typer.Argument(
            help="Services (and `gateway`) to run here; none: the whole shop.", show_default=False
        ),
    ] = None,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    data: Data = DEFAULT_DATA,
    seed_demo: Seed = False,
    die_with_parent: Annotated[bool, typer.Option("--die-with-parent", hidden=True)] = False,
) -> None:
    """Run the shop in this process, or some of its services.

    Without arguments everything runs here, on an embedded PostgreSQL unless TRADEWIND_DATABASE_URL names one.
    With services, what they need of others is reached at TRADEWIND_<SERVICE>_URL and events go over
    TRADEWIND_NATS_URL.
    """
    options = _prepare(data)
    if die_with_parent:
        _die_with_parent()
    if services and GATEWAY in services:
        services = [name for name in services if name != GATEWAY] + [GATEWAY]
    start_tracing("+".join(services) if services else "shop")
    _run(_up(options, services, host, port, seed_demo))


async def _up(options: Options, services: list[str] | None, host: str, port: int, seed_demo: bool) -> None:
    listener = listen(host, port)
    async with AsyncExitStack() as stack:
        environ = dict(os.environ)
        if not services:
            environ |= await start_engines(stack, options, bus=False)
        if seed_demo:
            environ = await with_demo_settings(environ, options)
        names = services or [*registry.NAMES, GATEWAY]
        url = f"http://{host}:{listener.getsockname()[1]}"
        if GATEWAY in names:
            set_public_url(environ, url)

        async def prepare(runtime: Runtime) -> None:
            await register_webhooks(runtime, environ.get("TRADEWIND_GATEWAY_PUBLIC_URL", ""))
            seeded = await seed_demo_shop(runtime, console) if seed_demo else False
            if not services:
                print_welcome(console, url, environ, options, seeded=seeded)
            else:
                console.print(f"{'+'.join(names)} ready on {url}")

        await serve(environ, options, names, listener, prepare=prepare)


@app.command("up-split")
def up_split(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    data: Data = DEFAULT_DATA,
    seed_demo: Seed = False,
    replicas: Annotated[
        list[str] | None, typer.Option(help="More than one process of a service, such as order=2.")
    ] = None,
) -> None:
    """Run the shop as a process a service, NATS JetStream between them, each restarted when it dies."""
    options = _prepare(data)
    _run(_up_split(options, host, port, seed_demo, _counts(replicas or [])))


def _counts(replicas: list[str]) -> dict[str, int]:
    counts = dict.fromkeys(registry.NAMES, 1)
    for text in replicas:
        name, _, number = text.partition("=")
        if name not in counts or not number.isdigit() or not 1 <= int(number) <= 16:
            raise typer.BadParameter(f"{text}: write SERVICE=NUMBER, of {', '.join(registry.NAMES)}")
        if int(number) > 1 and registry.load((name,))[0].claim is not None:
            raise typer.BadParameter(f"{text}: one process of {name} holds its files, and no other can")
        counts[name] = int(number)
    return counts


async def _up_split(options: Options, host: str, port: int, seed_demo: bool, counts: dict[str, int]) -> None:
    listen(host, port).close()
    async with AsyncExitStack() as stack:
        environ = dict(os.environ) | await start_engines(stack, options, bus=True)
        if seed_demo:
            environ = await with_demo_settings(environ, options)
        seeded = False
        async with running({**environ, "TRADEWIND_NATS_URL": ""}, options, registry.NAMES) as runtime:
            if seed_demo:
                seeded = await seed_demo_shop(runtime, console)
        set_public_url(environ, f"http://{host}:{port}")
        names = [name for name in registry.NAMES for _ in range(counts[name])]
        free = free_ports(len(names), besides=(port,))
        children = [Child((name,), own) for name, own in zip(names, free, strict=True)]
        for name in registry.NAMES:
            ports = [child.port for child in children if child.names == (name,)]
            environ[f"TRADEWIND_{name.upper()}_URL"] = ",".join(f"http://127.0.0.1:{p}" for p in ports)
        children.append(Child((GATEWAY,), port))
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        supervisor = Supervisor(children, environ, host)
        supervising = asyncio.create_task(supervisor.run(stop))
        ready = asyncio.create_task(supervisor.ready())
        await asyncio.wait({supervising, ready}, return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            print_welcome(console, f"http://{host}:{port}", environ, options, seeded=seeded)
        ready.cancel()
        await supervising


def _die_with_parent() -> None:
    """A supervisor that is killed leaves nobody behind (Linux; elsewhere the supervisor's own end does it)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


@app.command()
def migrate(data: Data = DEFAULT_DATA) -> None:
    """Bring every service's schema up to date. Safe to repeat, and while the version before still runs."""
    options = _prepare(data)

    async def work(runtime: Runtime) -> None:
        for service, applied in (await runtime.migrate()).items():
            console.print(f"{service}: {', '.join(applied) or 'up to date'}")

    _run(_with_runtime(options, work, started=False))


@app.command()
def seed(data: Data = DEFAULT_DATA) -> None:
    """Fill an empty shop with the demo's products, stock, accounts and terms."""
    options = _prepare(data)

    async def work(runtime: Runtime) -> None:
        seeded = await seed_demo_shop(runtime, console)
        console.print(
            "The demo shop is there." if seeded else "This shop has products of its own: nothing was changed."
        )

    _run(_with_runtime(options, work))


@app.command("import")
def import_command(
    what: Annotated[str, typer.Argument(help="`products` or `orders`.")],
    file: Annotated[Path, typer.Argument(help="A file, may be gzipped.", exists=True, dir_okay=False)],
    format: Annotated[str, typer.Option(help="Of products: `jsonl` or `shopify`.")] = "jsonl",
    currency: Annotated[str, typer.Option(help="Of prices that name none.")] = "EUR",
    warehouse: Annotated[str, typer.Option(help="Of Shopify's quantities, which name none.")] = "LEJ",
    timezone: Annotated[str, typer.Option(help="Of orders' times, which name none.")] = "UTC",
    time_format: Annotated[str, typer.Option(help="Of orders' times, such as %d/%m/%Y %H:%M.")] = "",
    map: Annotated[str, typer.Option(help="Columns of orders: invoice=Bill No,sku=Article.")] = "",
    source: Annotated[str, typer.Option(help="The system that the orders are of.")] = "import",
    encoding: Annotated[str, typer.Option(help="Of a file of orders.")] = "auto",
    data: Data = DEFAULT_DATA,
) -> None:
    """Import products, or the orders of another system. Bad rows are reported with line and reason; the good
    ones go in.

    The same file, started again after an interruption, goes on where it stopped.
    """
    options = _prepare(data)
    if what not in ("products", "orders"):
        raise typer.BadParameter("what can be imported: products, orders")

    async def work(runtime: Runtime) -> None:
        if what == "products":
            await transfer.import_file(runtime, file, format, currency, warehouse, console)
        else:
            chosen = HistoryOptions(currency, timezone, time_format or None, read_map(map), source)
            await import_history(runtime, file, chosen, encoding, console)

    _run(_with_runtime(options, work))


@app.command("export")
def export_command(
    what: Annotated[str, typer.Argument(help="`products` or `orders`.")],
    file: Annotated[Path, typer.Argument(help="Where to write; - is standard output.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Export products as JSONL, in the form that import takes; or orders, as JSONL or (FILE.csv) as CSV."""
    options = _prepare(data)
    if what not in ("products", "orders"):
        raise typer.BadParameter("what can be exported: products, orders")

    async def work(runtime: Runtime) -> None:
        await transfer.export_file(runtime, what, file, console)

    _run(_with_runtime(options, work))


@app.command()
def verify(
    data: Data = DEFAULT_DATA,
    settled: Annotated[
        bool, typer.Option("--settled", help="Also report what is merely under way: nothing should be.")
    ] = False,
) -> None:
    """Check every invariant over the live databases and print each that is broken. Status 1 if one is."""
    options = _prepare(data)

    async def work(runtime: Runtime) -> None:
        unready = await runtime.readiness()
        if unready:
            raise EngineError(f"this is no shop, or not of this version: {'; '.join(unready)}")
        report = await verify_shop(runtime, settled=settled)
        for line in report.lines():
            console.print(line)
        if report.violations:
            raise typer.Exit(1)

    _run(_with_runtime(options, work, started=False, existing=True))


keys = typer.Typer(help="The keys that secrets at rest are sealed with.", no_args_is_help=True)
app.add_typer(keys, name="keys")


@keys.command("status")
def keys_status(data: Data = DEFAULT_DATA) -> None:
    """Print which key of TRADEWIND_ENCRYPTION_KEYS wraps each data key. Status 1 where rotating is left to do."""
    options = _prepare(data)

    async def work(runtime: Runtime) -> None:
        if not await show_keys(runtime, console):
            raise typer.Exit(1)

    _run(_with_runtime(options, work, started=False, existing=True))


@keys.command("rotate")
def keys_rotate(data: Data = DEFAULT_DATA) -> None:
    """Wrap every data key with the first of TRADEWIND_ENCRYPTION_KEYS, while the shop runs.

    Give every process `new:...,old:...` and restart them; rotate; when `status` is clean, give them `new:...`.
    """
    options = _prepare(data)

    async def work(runtime: Runtime) -> None:
        await rotate_keys(runtime, console)

    _run(_with_runtime(options, work, started=False, existing=True))


@app.command()
def check() -> None:
    """Print how the services hang together, and whether they can run as the environment says."""
    graph = Graph.of(registry.load())
    typer.echo(graph.describe())
    problems = graph.problems(
        registry.NAMES, service_urls(os.environ), bus=bool(os.environ.get("TRADEWIND_NATS_URL"))
    )
    for problem in problems:
        console.print(f"[bold red]problem:[/] {problem}")
    raise typer.Exit(1 if problems else 0)


@app.command("openapi")
def openapi_command(
    file: Annotated[Path | None, typer.Argument(help="Where to write; none: standard output.")] = None,
) -> None:
    """Write the OpenAPI 3.1 document of the whole platform."""
    document = msgspec.json.format(msgspec.json.encode(openapi(registry.load())), indent=2) + b"\n"
    if file is None:
        sys.stdout.buffer.write(document)
    else:
        file.write_bytes(document)


async def _with_runtime(options: Options, work: Any, *, started: bool = True, existing: bool = False) -> None:
    """The whole platform's code on its database, without serving: for commands that read and write data.
    With `existing`, a shop must be there."""
    async with AsyncExitStack() as stack:
        environ = dict(os.environ) | await start_database(stack, options, attach=True, existing=existing)
        environ["TRADEWIND_NATS_URL"] = ""
        if started:
            await work(await stack.enter_async_context(running(environ, options, registry.NAMES)))
            return
        runtime = make_runtime(environ, options, registry.NAMES)
        stack.push_async_callback(runtime.stop)
        await work(runtime)
