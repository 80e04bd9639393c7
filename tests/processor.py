"""The sandbox card processor as a process of its own, and one merchant's side of it, for any test."""

from __future__ import annotations

import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec

GOOD = "4242424242424242"
DECLINED = "4000000000000002"
NO_FUNDS = "4000000000009995"
CHALLENGED = "4000002500003155"
TIMEOUT_AFTER = "4000000000000341"
TIMEOUT_BEFORE = "4000000000000259"
ERROR_500_TWICE = "4000000000000119"

QUICK = (
    "--hang-seconds=5",
    "--slow-seconds=0.1",
    "--webhook-retry-seconds=0.05",
    "--webhook-timeout-seconds=2",
    "--webhook-tries=4",
)


class ProcessorProcess:
    """Killed and started again, it is at the same address with what it had committed."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "tradewind.sandbox_processor", f"--data={self._data}"]
        self._process = subprocess.Popen(
            [*command, f"--port={self._port}", "--die-with-parent", *QUICK], stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        ready = msgspec.json.decode(self._process.stdout.readline(), type=dict[str, Any])
        self._port = ready["port"]

    def kill(self, number: int = signal.SIGKILL) -> None:
        assert self._process is not None and self._process.stdout is not None
        self._process.send_signal(number)
        self._process.wait(timeout=10)
        self._process.stdout.close()


@contextmanager
def running_processor(data: Path) -> Iterator[ProcessorProcess]:
    processor = ProcessorProcess(data)
    processor.start()
    try:
        yield processor
    finally:
        processor.kill()


class Merchant:
    """A merchant with nothing behind it: a test that makes one shares the processor with nobody."""

    def __init__(self, url: str) -> None:
        self.name = f"shop-{uuid.uuid4().hex[:12]}"
        self.url = url
        self.secret_key = f"sk_sandbox_{self.name}"
        self.publishable_key = f"pk_sandbox_{self.name}"
        headers = {"authorization": f"Bearer {self.secret_key}"}
        # Plain HTTP: without verify=False, reading the authorities takes longer than most tests.
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=10, verify=False)

    async def token(self, number: str = GOOD) -> str:
        body = {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "123"}
        answer = await self._http.post("/v1/tokens", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    async def order_faults(self, *faults: dict[str, Any]) -> None:
        """Each `{"operation": "capture", "kind": "timeout_after", "times": 1}`; they replace those before."""
        answer = await self._http.put("/sandbox/faults", json={"faults": list(faults)})
        assert answer.status_code == 200, answer.text

    async def answer_challenge(self, url: str, outcome: str) -> None:
        """What the shopper says on the bank's page: `approve` or `refuse`."""
        answer = await self._http.post(url, data={"outcome": outcome})
        assert answer.status_code in (200, 303), answer.text

    async def dispute(self, reference: str) -> str:
        """The cardholder wants back what was captured of the authorisation of this reference."""
        answer = await self._http.post("/sandbox/disputes", json={"reference": reference})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def log(self) -> list[dict[str, Any]]:
        """Every effect on money, in order."""
        answer = await self._http.get("/v1/log")
        effects: list[dict[str, Any]] = answer.json()
        return effects

    async def settlement(self, after: int = 0) -> tuple[bytes, int]:
        """What moved the balance, as the processor's settlement file, and what the next one begins after."""
        answer = await self._http.get("/v1/settlements", params={"after": after})
        assert answer.status_code == 200, answer.text
        return answer.content, int(answer.headers["x-last-sequence"])

    async def effects(self) -> list[tuple[str, int]]:
        return [(line["kind"], line["amount_minor"]) for line in await self.log()]

    async def authorisation(self, reference: str) -> dict[str, Any] | None:
        answer = await self._http.get("/v1/authorisations", params={"reference": reference})
        items: list[dict[str, Any]] = answer.json()["items"]
        return items[0] if items else None

    async def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """As somebody in the processor's own dashboard would."""
        return await self._http.post(path, json=body, headers={"idempotency-key": str(uuid.uuid4())})

    async def close(self) -> None:
        await self._http.aclose()
