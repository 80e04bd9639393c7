"""The processes of a run: shop, floor and client, each ended with the run, whatever becomes of it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

import msgspec
import psutil

from bench.client import Job
from bench.load import Measured
from tradewind.cli.supervise import free_port

START_SECONDS, STOP_SECONDS = 60.0, 30.0
SERVER_CORE, CLIENT_CORE = 0, 1


class ProcessFailed(Exception):
    """A process of the run ended or does not answer; the message has what it said last."""


class _Process:
    """`log` takes its standard error, and its standard output where that is not read."""

    def __init__(
        self, arguments: Sequence[str], environ: Mapping[str, str], log: Path, *, stdin: bool, stdout: bool
    ) -> None:
        self.log = log
        self._log_file: IO[bytes] = log.open("ab")
        self.popen = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env=dict(environ),
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE if stdout else self._log_file,
            stderr=self._log_file,
        )

    def __enter__(self) -> _Process:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """A pipe that closes ends those that read it; the shop is told to drain."""
        if self.popen.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.popen.stdin.close()
        else:
            self.popen.terminate()
        try:
            self.popen.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        self._log_file.close()

    def cpu_seconds(self) -> float:
        """What it has computed so far, its children's work not counted."""
        times = psutil.Process(self.popen.pid).cpu_times()
        return float(times.user + times.system)

    def failure(self, what: str) -> ProcessFailed:
        said = self.log.read_text(errors="replace").splitlines()[-15:]
        return ProcessFailed("\n".join([what, *said]))

    def line(self) -> bytes:
        """The next line of its standard output. Raises ProcessFailed when it ended instead."""
        assert self.popen.stdout is not None, "its output is read"
        line = self.popen.stdout.readline()
        if not line:
            raise self.failure(f"{self.popen.args!r} ended")
        return line


def pin(pid: int, core: int) -> None:
    """Keep a process on one core, so that client and server do not take turns; not where there is one core,
    or where the system cannot."""
    if hasattr(os, "sched_setaffinity") and {SERVER_CORE, CLIENT_CORE} <= os.sched_getaffinity(0):
        os.sched_setaffinity(pid, {core})


class ShopProcess(_Process):
    """`tradewind up`, as a merchant starts it; `ready_seconds` is what it took until it was ready."""

    def __init__(self, environ: Mapping[str, str], log: Path) -> None:
        self.port = free_port()
        began = time.perf_counter()
        arguments = ["tradewind", "up", "--port", str(self.port), "--die-with-parent"]
        super().__init__(arguments, environ, log, stdin=False, stdout=False)
        self._wait_until_ready(time.monotonic() + START_SECONDS)
        self.ready_seconds = time.perf_counter() - began
        pin(self.popen.pid, SERVER_CORE)  # after the start: its card processor stays free to move

    def _wait_until_ready(self, until: float) -> None:
        while not self._is_ready():
            if self.popen.poll() is not None:
                raise self.failure("the shop ended")
            if time.monotonic() > until:
                self.stop()
                raise self.failure(f"the shop was not ready within {START_SECONDS:g} s")
            time.sleep(0.005)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.HTTPError):
            return False

    def __enter__(self) -> ShopProcess:
        return self


class FloorProcess(_Process):
    def __init__(self, script: Path, pool: str, environ: Mapping[str, str], log: Path) -> None:
        super().__init__(["bench.floor", str(script), pool], environ, log, stdin=True, stdout=True)
        self.port = int(self.line())
        pin(self.popen.pid, SERVER_CORE)

    def __enter__(self) -> FloorProcess:
        return self


class ClientProcess(_Process):
    def __init__(self, goods: Path, environ: Mapping[str, str], log: Path) -> None:
        super().__init__(["bench.client", str(goods)], environ, log, stdin=True, stdout=True)
        pin(self.popen.pid, CLIENT_CORE)

    def __enter__(self) -> ClientProcess:
        return self

    def run(self, job: Job) -> Measured:
        """Raises ProcessFailed for any answer but the expected."""
        assert self.popen.stdin is not None, "it takes jobs"
        self.popen.stdin.write(msgspec.json.encode(job) + b"\n")
        self.popen.stdin.flush()
        measured = msgspec.json.decode(self.line(), type=Measured)
        if measured.failures or not measured.count:
            raise self.failure(f"{job} was answered {measured.failures or 'nothing'}")
        return measured
