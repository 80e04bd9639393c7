"""Why a request was not carried out, in the words that the caller is answered with."""

from typing import Literal

RefusalType = Literal[
    "card_error", "invalid_request", "idempotency_error", "authentication_error", "api_error"
]


class Refusal(Exception):
    """Answered as a problem document: `type`, `code`, `message` and, where one is at fault, `field`.

    A message never holds a value that was sent: one of them may be a card's number.
    """

    def __init__(
        self, status: int, type_: RefusalType, code: str, message: str, field: str | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.type = type_
        self.code = code
        self.message = message
        self.field = field


def invalid_request(code: str, message: str, field: str | None = None) -> Refusal:
    return Refusal(400, "invalid_request", code, message, field)


def card_error(code: str, message: str, field: str | None = None) -> Refusal:
    return Refusal(402, "card_error", code, message, field)


def not_found(what: str) -> Refusal:
    return Refusal(404, "invalid_request", "not_found", f"There is no such {what}.")


def conflict(code: str, message: str, field: str | None = None) -> Refusal:
    return Refusal(409, "invalid_request", code, message, field)
