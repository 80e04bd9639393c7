"""Where the payment service keeps what it seals."""

from __future__ import annotations

from tradewind.kernel.envelope import SealedColumn
from tradewind.ports.database import Row
from tradewind.services.payment.references import authorisation_reference
from tradewind.services.payment.store import saved_methods, webhooks
from tradewind.services.payment.store.attempts import token_place


def _reference(row: Row) -> str:
    return authorisation_reference(row["order_id"], row["attempt"], row["number"])


SEALED = (
    SealedColumn(
        "card_tokens",
        "attempts",
        "sealed_token",
        ("order_id", "number", "attempt"),
        lambda row: token_place(_reference(row)),
        _reference,
    ),
    SealedColumn(
        "saved_methods",
        "saved_methods",
        "sealed_source",
        ("id",),
        lambda row: saved_methods.place(row["id"]),
    ),
    SealedColumn(
        "webhooks",
        "webhooks",
        "body",
        ("processor", "webhook_id"),
        lambda row: webhooks.place(row["processor"], row["webhook_id"]),
        where="sealed",
    ),
)
