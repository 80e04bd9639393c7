"""The processes of a running shop, found by what they are, to be killed by those who started the shop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.stage import Stage, wait_until_ready

PATIENCE_SECONDS = 60.0
REPLICAS = ("--replicas", "order=2", "--replicas", "payment=2")


@dataclass(frozen=True)
class Member:
    """One process of a split shop: a service's, or the gateway's."""

    name: str
    port: int
    process: psutil.Process

    def is_ready(self) -> bool:
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.port}/health/ready", timeout=2)
        except httpx.TransportError:
            return False
        return answer.status_code == 200

    def wait_until_ready(self) -> None:
        ends = time.monotonic() + PATIENCE_SECONDS
        while not self.is_ready():
            assert time.monotonic() < ends, f"{self.name} does not become ready"
            time.sleep(0.05)

    def kill(self) -> None:
        self.process.kill()


def members(stage: Stage) -> list[Member]:
    """In the order of their names; several of a service that has replicas."""
    found = []
    for child in psutil.Process(stage.process.pid).children():
        words = command_line(child)
        if "--port" in words and "up" in words:
            name, port = words[words.index("up") + 1], int(words[words.index("--port") + 1])
            found.append(Member(name, port, child))
    return sorted(found, key=lambda member: (member.name, member.port))


def command_line(process: psutil.Process) -> list[str]:
    """Empty for one that has ended, whether or not its parent has noticed."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def successor(stage: Stage, dead: Member) -> Member:
    """Who serves in its place, once it is ready."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        for member in members(stage):
            if member.port == dead.port and member.process.pid != dead.process.pid:
                member.wait_until_ready()
                return member
        time.sleep(0.05)
    raise AssertionError(f"nobody came for {dead.name}")


def engine(stage: Stage, name: str) -> psutil.Process:
    """The `postgres` or `nats-server` that this shop launched."""
    return next(child for child in psutil.Process(stage.process.pid).children() if _is(child, name))


def _is(process: psutil.Process, name: str) -> bool:
    return Path((command_line(process) or [""])[0]).name == name


def new_engine(stage: Stage, name: str, dead: psutil.Process) -> psutil.Process:
    """The one that the shop launched in its place."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        for child in psutil.Process(stage.process.pid).children():
            if child.pid != dead.pid and _is(child, name):
                return child
        time.sleep(0.05)
    raise AssertionError(f"no new {name} was launched")


def start_again(stage: Stage) -> None:
    """On the same data, at the same address."""
    command = [sys.executable, "-m", "tradewind", "up-split" if stage.split else "up"]
    command += ["--port", stage.url.rpartition(":")[2], *(REPLICAS if stage.split else ())]
    with (stage.data / "stage.log").open("ab") as log:
        stage.process = subprocess.Popen(
            command, env={**os.environ, **stage.environ}, stdout=log, stderr=log, start_new_session=True
        )
    wait_until_ready(stage)


def everything_started_by(stage: Stage) -> list[psutil.Process]:
    return psutil.Process(stage.process.pid).children(recursive=True)


def nobody_is_left(started: Sequence[psutil.Process], within_seconds: float) -> None:
    """A zombie has ended: that its new parent has not noticed yet is not the shop's doing."""
    ends = time.monotonic() + within_seconds
    while left := [words for process in started if (words := command_line(process))]:
        assert time.monotonic() < ends, left
        time.sleep(0.05)


def end(process: psutil.Process, number: signal.Signals) -> None:
    process.send_signal(number)
    process.wait(timeout=20)
