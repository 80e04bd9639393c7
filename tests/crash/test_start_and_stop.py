"""The command line as its users meet it: what cannot start says why, and what stops leaves nothing behind."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import httpx

from tests.crash.buyers import Buyers
from tests.crash.members import everything_started_by, nobody_is_left, start_again
from tests.stage import Stage, key
from tradewind.adapters.database.cluster import DATA
from tradewind.adapters.database.embedded import running_dsn
from tradewind.adapters.database.placement import known_home
from tradewind.cli.supervise import free_port
from tradewind.services import registry

LONGEST_SECONDS = 60


def tradewind(stage: Stage, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A command beside the running shop, with its environment."""
    return subprocess.run(
        [sys.executable, "-m", "tradewind", *arguments],
        env={**os.environ, **stage.environ, **environ},
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
    )


def refused(done: subprocess.CompletedProcess[str], *reasons: str) -> None:
    """It ended with status 1 and a plain reason."""
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 1, said
    assert "Traceback" not in said
    for reason in reasons:
        assert reason in said, said


def test_a_port_in_use_is_said_before_anything_is_started(lone_stage: Stage, tmp_path: Path) -> None:
    port = lone_stage.url.rpartition(":")[2]
    done = tradewind(lone_stage, "up", "--port", port, "--data", str(tmp_path / "other"))
    refused(done, f"127.0.0.1:{port} cannot be listened on", "--port")
    assert not (tmp_path / "other").exists()


def test_the_card_processors_port_in_use_is_said_with_the_way_out(lone_stage: Stage, tmp_path: Path) -> None:
    taken = lone_stage.processor_url.rpartition(":")[2]
    environ = {key: value for key, value in lone_stage.environ.items() if "_PROCESSOR_" not in key}
    environ |= {"TRADEWIND_DATABASE_URL": lone_stage.database_url, "TRADEWIND_PROCESSOR_PORT": taken}
    other = dataclasses.replace(lone_stage, environ=environ)
    done = tradewind(other, "up", "--port", "0", "--data", str(tmp_path))
    refused(done, f"127.0.0.1:{taken}", "set TRADEWIND_PROCESSOR_PORT")


def test_a_second_shop_on_the_same_folder_is_refused_and_harms_nothing(lone_stage: Stage) -> None:
    for command in ("up", "up-split"):
        done = tradewind(lone_stage, command, "--port", str(free_port()))
        refused(done, "is in use by the process", "choose another data folder")
    assert httpx.get(f"{lone_stage.url}/v1/products", verify=False).status_code == 200


def test_a_missing_setting_is_named(lone_stage: Stage) -> None:
    done = tradewind(lone_stage, "up", TRADEWIND_ENVIRONMENT="production", TRADEWIND_SECRET_KEY="")
    refused(done, "TRADEWIND_SECRET_KEY is not set")


def test_commands_work_beside_the_running_shop(lone_stage: Stage) -> None:
    done = tradewind(lone_stage, "verify")
    assert done.returncode == 0, done.stderr
    assert " 0 violations" in done.stderr
    done = tradewind(lone_stage, "migrate")
    assert (done.returncode, done.stderr.count("up to date")) == (0, len(registry.NAMES)), done.stderr
    assert tradewind(lone_stage, "check").returncode == 0
    document = json.loads(tradewind(lone_stage, "openapi").stdout)
    assert document["openapi"].startswith("3.1") and "/v1/orders" in document["paths"]


def test_products_are_imported_and_exported_beside_the_running_shop(
    lone_stage: Stage, tmp_path: Path
) -> None:
    sku = f"I-{uuid.uuid4().hex[:8].upper()}"
    variant = {"sku": sku, "prices": [{"currency": "EUR", "amount_minor": 990}], "stock": {"LEJ": 7}}
    lines = [
        {"external_id": sku, "title": "Imported", "variants": [variant]},
        {"external_id": f"{sku}-wrong", "title": ""},
    ]
    catalogue, exported = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    catalogue.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = tradewind(lone_stage, "import", "products", str(catalogue))
    assert done.returncode == 0, done.stderr
    assert "line 2" in done.stderr and "1 created" in done.stderr and "1 rejected" in done.stderr
    found = httpx.get(f"{lone_stage.url}/v1/products", params={"sku": sku}, verify=False).json()["items"]
    assert [product["title"] for product in found] == ["Imported"]
    done = tradewind(lone_stage, "export", "products", str(exported))
    assert done.returncode == 0, done.stderr
    products = [json.loads(line) for line in exported.read_text().splitlines()]
    assert [product["title"] for product in products if product["external_id"] == sku] == ["Imported"]


async def test_killed_as_a_whole_and_started_again_no_order_is_lost(either_stage: Stage) -> None:
    stage = either_stage
    buyers = await Buyers.of(stage, price_minor=4402)
    async with buyers.at_work():
        await buyers.have_ordered(5)
        started = everything_started_by(stage)
        stage.process.kill()
        stage.process.wait()
        await asyncio.to_thread(nobody_is_left, started, within_seconds=20)
        await asyncio.to_thread(start_again, stage)
        await buyers.have_ordered(5)
    assert set(buyers.answers) <= {0, 200, 201, 202, 409, 503}
    await buyers.check()


async def test_ctrl_c_lets_a_slow_request_end_and_stops_all_that_was_started(either_stage: Stage) -> None:
    stage = either_stage
    sku = await stage.article()
    log = stage.data / "stage.log"
    said_before = log.stat().st_size
    async with stage.client() as client:
        cart = await stage.cart(client, [(sku, 1)])
        body = {"cart_id": cart["cart_id"], "card_token": await stage.card_token("slow")}
        ordering = asyncio.create_task(client.post("/v1/orders", json=body, headers=key()))
        await asyncio.sleep(0.4)  # it is at the processor now, which takes a second
        started = everything_started_by(stage)
        os.killpg(stage.process.pid, signal.SIGINT)
        answer = await ordering
    assert answer.status_code == 201, answer.text
    assert answer.json()["state"] == "placed"
    assert await asyncio.to_thread(stage.process.wait, 60) == 0
    await asyncio.to_thread(nobody_is_left, started, within_seconds=1)
    assert running_dsn(stage.data / "postgres") is None
    said = log.read_bytes()[said_before:].decode()
    for unwanted in ("Traceback", "leaked", '"level":"error"', '"level":"critical"'):
        assert unwanted not in said, said[-4000:]


async def test_data_of_another_postgresql_are_left_alone_and_ours_are_there_at_the_next_start(
    lone_stage: Stage,
) -> None:
    async with lone_stage.client() as guest:
        order = (await lone_stage.order(guest, [(await lone_stage.article(), 1)])).json()
    lone_stage.stop()
    home = known_home((lone_stage.data / "postgres").resolve())
    assert home is not None
    version = home / DATA / "PG_VERSION"
    written = version.read_text()
    version.write_text("13\n")
    try:
        done = await asyncio.to_thread(tradewind, lone_stage, "up", "--port", "0")
        refused(done, "are of PostgreSQL 13, the programs of", "Dump them")
    finally:
        version.write_text(written)
    await asyncio.to_thread(start_again, lone_stage)
    async with lone_stage.client() as guest:
        seen = await guest.get(f"/v1/orders/{order['order_id']}", params={"token": order["token"]})
        assert (seen.status_code, seen.json()["state"]) == (200, "placed")
