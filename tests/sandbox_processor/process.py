"""The processor as its users run it: a process, reached over HTTP alone."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

HANG_SECONDS = 0.25
SLOW_SECONDS = 0.25
WEBHOOK_TRIES = 4

QUICK = (
    f"--hang-seconds={HANG_SECONDS}",
    f"--slow-seconds={SLOW_SECONDS}",
    "--webhook-retry-seconds=0.05",
    "--webhook-timeout-seconds=1",
    f"--webhook-tries={WEBHOOK_TRIES}",
)


class ReadyLine(msgspec.Struct):
    event: str
    url: str
    port: int
    pid: int


def command(data: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "tradewind.sandbox_processor", f"--data={data}", "--port=0", *options]


def read_ready_line(process: subprocess.Popen[bytes]) -> ReadyLine:
    assert process.stdout is not None
    return msgspec.json.decode(process.stdout.readline(), type=ReadyLine)


@contextmanager
def running(
    data: Path, *options: str, log: Path | None = None
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Its URL and its process, which has ended when the block has."""
    with (log or Path("/dev/null")).open("ab") as errors:
        process = subprocess.Popen(
            command(data, *QUICK, *options), stdout=subprocess.PIPE, stderr=errors if log else None
        )
    try:
        yield read_ready_line(process).url, process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def until(condition: object, within_seconds: float = 5.0) -> None:
    """Wait for a callable to be true."""
    assert callable(condition)
    deadline = time.monotonic() + within_seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)
