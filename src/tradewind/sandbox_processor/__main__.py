"""`python -m tradewind.sandbox_processor`: serves until SIGTERM, and says on one line when it is ready."""

import argparse
import asyncio
import os
import socket
import sqlite3
import sys
from pathlib import Path

import msgspec
from uvicorn.loops.auto import auto_loop_factory

from tradewind.sandbox_processor.options import Options
from tradewind.sandbox_processor.origins import normalised_origin
from tradewind.sandbox_processor.processor import Processor
from tradewind.sandbox_processor.server import serve
from tradewind.sandbox_processor.store import open_store
from tradewind.sandbox_processor.vault import open_vault


def main() -> None:
    arguments = _parser().parse_args()
    parent_pid = os.getppid() if arguments.die_with_parent else arguments.parent_pid
    folder: Path = arguments.data
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        listener = _listen(arguments.host, arguments.port)
        db = open_store(folder / "processor.db")
    except (OSError, sqlite3.OperationalError) as error:
        sys.exit(
            f"sandbox processor: cannot start on {arguments.host}:{arguments.port} with {folder}: {error}"
        )
    port = listener.getsockname()[1]
    url = _url(arguments.host, port)
    options = Options(
        public_url=(arguments.public_url or url).rstrip("/"),
        hang_seconds=arguments.hang_seconds,
        slow_seconds=arguments.slow_seconds,
        webhook_retry_seconds=arguments.webhook_retry_seconds,
        webhook_timeout_seconds=arguments.webhook_timeout_seconds,
        webhook_tries=arguments.webhook_tries,
        return_origins=tuple(arguments.allow_return_origin),
        verbose=arguments.verbose,
    )
    ready = msgspec.json.encode({"event": "ready", "url": url, "port": port, "pid": os.getpid()})
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        processor = Processor(options, db, open_vault(folder))
        runner.run(serve(processor, listener, parent_pid, lambda: _announce(ready, arguments.ready_fd)))
    db.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tradewind.sandbox_processor",
        description="A card processor to build and test against. It takes test cards only.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=8090, help="0 takes a free one; the ready line tells which")
    add("--data", type=Path, default=Path("data/sandbox-processor"), help="folder of its database and key")
    add("--ready-fd", type=int, help="write the ready line there instead of to standard output")
    add("--public-url", help="how browsers reach it, for action_url; default http://HOST:PORT")
    add("--allow-return-origin", action="append", default=[], type=normalised_origin, metavar="ORIGIN")
    add("--hang-seconds", type=float, default=30.0, help="how long a time-out holds the connection")
    add("--slow-seconds", type=float, default=2.0)
    add("--webhook-retry-seconds", type=float, default=1.0, help="wait after the first try; then doubled")
    add("--webhook-timeout-seconds", type=float, default=5.0)
    add("--webhook-tries", type=int, default=10)
    add("--parent-pid", type=int, help="stop when that process has ended")
    add("--die-with-parent", action="store_true", help="the same, for the process that started this one")
    add("--verbose", action="store_true", help="log requests and webhooks to standard error")
    return parser


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


def _url(host: str, port: int) -> str:
    """A wildcard address is one to listen on, not one to go to."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}"


def _announce(line: bytes, descriptor: int | None) -> None:
    with os.fdopen(os.dup(sys.stdout.fileno()) if descriptor is None else descriptor, "wb") as ready:
        ready.write(line + b"\n")


if __name__ == "__main__":
    main()
