"""A merchant's side of the API, and the numbers that its tests pay with."""

import uuid
from typing import Any

import httpx

SUCCESS = "4242424242424242"
DECLINED = "4000000000000002"
THREE_D_SECURE = "4000002500003155"
TIMEOUT_AFTER = "4000000000000341"
TIMEOUT_BEFORE = "4000000000000259"
SLOW = "4000000000000077"
ERROR_500_TWICE = "4000000000000119"


# Plain HTTP throughout: without verify=False, reading the authorities takes longer than most tests.
BROWSER = httpx.Client(timeout=10, verify=False)


def unique(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def card(number: str = SUCCESS, **changes: Any) -> dict[str, Any]:
    cvc = "1234" if number.startswith(("34", "37")) else "123"
    return {"number": number, "exp_month": 12, "exp_year": 2035, "cvc": cvc, **changes}


class Merchant:
    def __init__(self, url: str, name: str | None = None) -> None:
        self.name = name or unique("shop")
        self.secret_key = f"sk_sandbox_{self.name}"
        self.publishable_key = f"pk_sandbox_{self.name}"
        headers = {"authorization": f"Bearer {self.secret_key}"}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=10, verify=False)

    def token(self, number: str = SUCCESS) -> str:
        answer = self.http.post("/v1/tokens", json=card(number))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def authorise(
        self, number: str = SUCCESS, amount_minor: int = 5000, key: str | None = None, **changes: Any
    ) -> httpx.Response:
        body = {"reference": unique("pay"), "amount_minor": amount_minor, "currency": "EUR", **changes}
        if "token" not in body:
            body["token"] = self.token(number)
        return self.post("/v1/authorisations", body, key)

    def authorised(self, amount_minor: int = 5000) -> str:
        answer = self.authorise(amount_minor=amount_minor)
        assert answer.json()["status"] == "authorised", answer.text
        return str(answer.json()["id"])

    def capture(
        self, id_: str, amount_minor: int, reference: str | None = None, key: str | None = None
    ) -> httpx.Response:
        body = {"reference": reference or unique("cap"), "amount_minor": amount_minor}
        return self.post(f"/v1/authorisations/{id_}/captures", body, key)

    def refund(
        self, id_: str, amount_minor: int, reference: str | None = None, key: str | None = None
    ) -> httpx.Response:
        body = {"reference": reference or unique("ref"), "amount_minor": amount_minor}
        return self.post(f"/v1/authorisations/{id_}/refunds", body, key)

    def void(self, id_: str, reference: str | None = None, key: str | None = None) -> httpx.Response:
        return self.post(f"/v1/authorisations/{id_}/voids", {"reference": reference or unique("void")}, key)

    def post(self, path: str, body: dict[str, Any], key: str | None = None) -> httpx.Response:
        return self.http.post(path, json=body, headers={"idempotency-key": key or unique("key")})

    def get(self, id_: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.get(f"/v1/authorisations/{id_}").json()
        return answer

    def by_reference(self, reference: str) -> list[dict[str, Any]]:
        answer = self.http.get("/v1/authorisations", params={"reference": reference})
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def log(self) -> list[tuple[str, int]]:
        """Each effect on money, in order: its kind and its amount."""
        return [(line["kind"], line["amount_minor"]) for line in self.http.get("/v1/log").json()]

    def order_faults(self, *faults: dict[str, Any]) -> None:
        answer = self.http.put("/sandbox/faults", json={"faults": list(faults)})
        assert answer.status_code == 200, answer.text

    def close(self) -> None:
        self.http.close()


def async_client(merchant: Merchant) -> httpx.AsyncClient:
    """For requests at once, in this merchant's name."""
    return httpx.AsyncClient(
        base_url=merchant.http.base_url, headers=merchant.http.headers, timeout=10, verify=False
    )


def refusal(answer: httpx.Response) -> tuple[int, str, str | None]:
    """Status, code and field of a problem document."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert set(problem) == {"type", "code", "message", "field"}
    return answer.status_code, problem["code"], problem["field"]
