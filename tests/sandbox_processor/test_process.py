"""The process itself: what survives it, how it ends, and what it does not bring along."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil

from .merchant import BROWSER, SUCCESS, TIMEOUT_AFTER, Merchant, async_client, card, unique
from .process import command, read_ready_line, running, until

LARGEST_RSS_BYTES = 64 * 1024 * 1024


def test_everything_survives_a_kill(tmp_path: Path) -> None:
    key, reference = unique("key"), unique("pay")
    with running(tmp_path) as (url, process):
        merchant = Merchant(url, "durable")
        token = merchant.token()
        first = merchant.authorise(token=token, reference=reference, key=key)
        id_ = first.json()["id"]
        merchant.capture(id_, 3000)
        merchant.refund(id_, 1000)
        merchant.order_faults({"operation": "void", "kind": "slow", "times": 7})
        log = merchant.http.get("/v1/log").json()
        before = merchant.get(id_)
        process.send_signal(signal.SIGKILL)
        assert process.wait(5) == -signal.SIGKILL
        merchant.close()
    with running(tmp_path) as (url, _):
        merchant = Merchant(url, "durable")
        assert merchant.get(id_) == before
        assert merchant.http.get("/v1/log").json() == log
        assert merchant.http.get("/sandbox/faults").json()["faults"][0]["times"] == 7
        again = merchant.authorise(token=token, reference=reference, key=key)
        assert again.headers["idempotent-replayed"] == "true"
        assert again.content == first.content
        assert merchant.authorise(token=token).json()["status"] == "authorised"
        assert merchant.capture(id_, 2001).status_code == 409
        merchant.close()


async def test_a_kill_amid_requests_loses_no_answer_and_invents_no_charge(tmp_path: Path) -> None:
    answered: dict[str, str] = {}
    with running(tmp_path) as (url, process):
        merchant = Merchant(url, "durable")
        token = merchant.token()

        async def pay(client: httpx.AsyncClient, reference: str) -> None:
            body = {"reference": reference, "amount_minor": 100, "currency": "EUR", "token": token}
            headers = {"idempotency-key": reference}
            try:
                answer = await client.post("/v1/authorisations", json=body, headers=headers)
                answered[reference] = answer.json()["id"]
            except httpx.TransportError:
                return

        async def kill_soon() -> None:
            while len(answered) < 40:
                await asyncio.sleep(0.001)
            process.kill()

        async with async_client(merchant) as client, asyncio.TaskGroup() as group:
            group.create_task(kill_soon())
            for number in range(200):
                group.create_task(pay(client, f"pay-{number}"))
        merchant.close()
    with running(tmp_path) as (url, _):
        merchant = Merchant(url, "durable")
        log = {line["reference"]: line["authorisation_id"] for line in merchant.http.get("/v1/log").json()}
        assert answered.items() <= log.items()
        assert len(merchant.log()) == len(log)
        for reference, id_ in log.items():
            again = merchant.authorise(token=token, amount_minor=100, reference=reference, key=reference)
            assert again.json()["id"] == id_
        assert len(merchant.log()) == len(log)
        merchant.close()


def test_it_stops_when_asked_even_while_it_holds_a_connection(tmp_path: Path) -> None:
    with running(tmp_path, "--hang-seconds=60") as (url, process):
        merchant = Merchant(url)
        body = {
            "reference": "r",
            "amount_minor": 1,
            "currency": "EUR",
            "token": merchant.token(TIMEOUT_AFTER),
        }
        hasty = httpx.Client(verify=False, base_url=url, headers=merchant.http.headers, timeout=0.2)
        try:
            hasty.post("/v1/authorisations", json=body, headers={"idempotency-key": "k"})
        except httpx.ReadTimeout:
            started = time.monotonic()
        process.terminate()
        assert process.wait(5) == 0
        assert time.monotonic() - started < 3
        hasty.close()
        merchant.close()


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    child = command(tmp_path, "--die-with-parent")
    launch = f"import subprocess, time; subprocess.Popen({child!r}); time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", launch], stdout=subprocess.PIPE)
    orphan = psutil.Process(read_ready_line(parent).pid)
    parent.kill()
    parent.wait()
    until(lambda: not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE)
    assert parent.stdout is not None
    parent.stdout.close()


def test_it_ends_with_a_process_that_is_named(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with running(tmp_path, f"--parent-pid={other.pid}") as (_, process):
        other.kill()
        other.wait()
        assert process.wait(5) == 0


def test_two_processes_do_not_share_their_data(tmp_path: Path) -> None:
    with running(tmp_path):
        second = subprocess.run(command(tmp_path), capture_output=True, timeout=15)
    assert second.returncode == 1
    assert b"cannot start" in second.stderr
    assert b"locked" in second.stderr


def test_it_tells_a_descriptor_that_it_is_ready(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    process = subprocess.Popen(command(tmp_path, f"--ready-fd={write_end}"), pass_fds=[write_end])
    os.close(write_end)
    with os.fdopen(read_end, "rb") as ready:
        line = ready.read()
    assert line.count(b"\n") == 1
    assert b'"event":"ready"' in line
    process.terminate()
    assert process.wait(5) == 0


def test_it_is_small_and_its_own_party(tmp_path: Path) -> None:
    with running(tmp_path) as (url, process):
        assert BROWSER.get(f"{url}/health").status_code == 200
        BROWSER.post(f"{url}/v1/tokens", json=card(SUCCESS), headers={"authorization": "Bearer sk_sandbox_a"})
        assert psutil.Process(process.pid).memory_info().rss < LARGEST_RSS_BYTES
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, tradewind.sandbox_processor.__main__\nprint(*sys.modules, sep='\\n')",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    ours = [name for name in loaded if name.startswith("tradewind.")]
    assert ours
    assert all(name.startswith("tradewind.sandbox_processor") for name in ours)
