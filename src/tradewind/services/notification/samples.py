"""What previews show: a made-up event of each kind."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from tradewind.contracts.common import Address, Language, Money
from tradewind.contracts.inventory import LowStock
from tradewind.contracts.order import (
    AwaitedTransfer,
    Buyer,
    ClaimDecided,
    EditProposed,
    OrderCancelled,
    OrderDelivered,
    OrderDraftSent,
    OrderEdited,
    OrderedLine,
    OrderFulfilled,
    OrderLinesCancelled,
    OrderPaymentFailed,
    OrderPlaced,
    OrderReadyForCollection,
    OrderRefunded,
    OrderTotals,
    ReturnApproved,
    ShippedLine,
)
from tradewind.contracts.payment import CaptureFailed, DisputeOpened, MoneyToReturn, PaymentLapsed
from tradewind.contracts.user import PasswordResetRequested, UserRegistered
from tradewind.kernel.events import Event
from tradewind.services.notification.domain import KindName

AT = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
_ACCOUNT = UUID("0195a1f0-0000-7000-8000-000000000001")
_ORDER = UUID("0195a1f0-0000-7000-8000-000000000002")
_PARCEL = UUID("0195a1f0-0000-7000-8000-000000000003")
_PRODUCT = UUID("0195a1f0-0000-7000-8000-000000000004")
_PAYMENT = UUID("0195a1f0-0000-7000-8000-000000000005")
_DISPUTE = UUID("0195a1f0-0000-7000-8000-000000000006")
_CAPTURE = UUID("0195a1f0-0000-7000-8000-000000000007")
NUMBER = "TW-10042"
_TOTAL = Money(13690, "EUR")
_SHIPPED = [ShippedLine("VASE-TERRA", "Aldea vase, terracotta", 1), ShippedLine("MUG-2", "Dipped mugs", 2)]


def sample(kind: KindName, language: Language) -> Event:
    """Of a German shopper in German, of a British one in English."""
    buyer = _buyer(language)
    samples: dict[KindName, Event] = {
        "welcome": UserRegistered(_ACCOUNT, buyer.email, buyer.name, language),
        "password_reset": PasswordResetRequested(_ACCOUNT, buyer.email, b"", language),
        "order_confirmation": _placed(buyer, language),
        "order_draft": OrderDraftSent(
            _ORDER,
            NUMBER,
            buyer,
            _TOTAL,
            _placed(buyer, language).lines,
            "As we spoke on the phone: here is your order.",
            AT.replace(month=4),
        ),
        "payment_failed": OrderPaymentFailed(
            _ORDER, NUMBER, buyer, _TOTAL, "insufficient_funds", AT.replace(hour=9, minute=56)
        ),
        "order_shipped": OrderFulfilled(
            _ORDER,
            NUMBER,
            _PARCEL,
            buyer,
            _SHIPPED,
            "DHL",
            "00340434161094042557",
            True,
            "https://www.dhl.de/de/privatkunden/pakete-empfangen/verfolgen.html?idc=00340434161094042557",
        ),
        "order_ready": _ready(buyer),
        "order_collected": _handed_over(buyer),
        "order_delivered": OrderDelivered(_ORDER, NUMBER, _PARCEL, buyer, _SHIPPED),
        "order_refunded": OrderRefunded(
            _ORDER, NUMBER, _PARCEL, buyer, Money(3800, "EUR"), Money(3800, "EUR"), _TOTAL
        ),
        "return_approved": ReturnApproved(
            _ORDER,
            NUMBER,
            _PARCEL,
            f"{NUMBER}-R1",
            buyer,
            _SHIPPED,
            "DHL",
            "RT-100234",
            "Thank you for asking.",
        ),
        "edit_proposed": _proposed(buyer),
        "payment_due": _edited(buyer, language),
        "claim_decided": ClaimDecided(
            _ORDER, NUMBER, _PARCEL, buyer, "replacement", "We are sorry.", Money(0, "EUR"), _SHIPPED
        ),
        "order_cancelled": OrderCancelled(_ORDER, NUMBER, "customer", buyer, _TOTAL, True),
        "pieces_cancelled": _pieces_cancelled(buyer),
        "stock_low": LowStock("MUG-2", None, 3, 5),
        "dispute_opened": DisputeOpened(
            _ORDER, _PAYMENT, _DISPUTE, _TOTAL, "product_not_received", AT.replace(day=28)
        ),
        "payment_lapsed": PaymentLapsed(_ORDER, _PAYMENT, _TOTAL),
        "money_to_return": MoneyToReturn(_ORDER, _PAYMENT, _TOTAL),
        "payment_needs_attention": CaptureFailed(_ORDER, _PAYMENT, _CAPTURE, "insufficient_funds"),
    }
    return samples[kind]


def _ready(buyer: Buyer) -> OrderReadyForCollection:
    return OrderReadyForCollection(
        _ORDER, NUMBER, _PARCEL, buyer, _SHIPPED, "LEJ", "Leipzig", buyer.name, True
    )


def _handed_over(buyer: Buyer) -> OrderFulfilled:
    return OrderFulfilled(_ORDER, NUMBER, _PARCEL, buyer, _SHIPPED, "", "", True, pickup="LEJ")


def _proposed(buyer: Buyer) -> EditProposed:
    message = "The clay one is sold out: is the sage one as good?"
    return EditProposed(_ORDER, NUMBER, _PARCEL, buyer, _TOTAL, Money(1200, "EUR"), Money(0, "EUR"), message)


def _edited(buyer: Buyer, language: Language) -> OrderEdited:
    placed = _placed(buyer, language)
    return OrderEdited(
        _ORDER,
        NUMBER,
        _PARCEL,
        buyer,
        _TOTAL,
        placed.totals,
        placed.lines,
        placed.shipping_address,
        placed.shipping_method,
        Money(1200, "EUR"),
        Money(0, "EUR"),
        "As we spoke on the phone.",
        more=_SHIPPED[1:],
        fewer=_SHIPPED[:1],
        newly_due_minor=1200,
    )


def _pieces_cancelled(buyer: Buyer) -> OrderLinesCancelled:
    left, off = Money(_TOTAL.amount_minor - 3800, "EUR"), Money(3800, "EUR")
    return OrderLinesCancelled(_ORDER, NUMBER, _PARCEL, buyer, _SHIPPED[1:], off, "", False, left)


def _buyer(language: Language) -> Buyer:
    if language == "de":
        return Buyer("johanna@example.com", "Johanna Krüger", "de", _ACCOUNT)
    return Buyer("ada@example.com", "Ada Lovelace", "en", _ACCOUNT)


def _placed(buyer: Buyer, language: Language) -> OrderPlaced:
    return OrderPlaced(
        _ORDER,
        NUMBER,
        buyer,
        _TOTAL,
        OrderTotals(14400, 1200, 490, 2186, 13690),
        [
            OrderedLine("VASE-TERRA", _PRODUCT, "Aldea vase, terracotta", 1, 6800, 6233),
            OrderedLine(
                "MUG-2",
                _PRODUCT,
                "Dipped mugs, set of 2",
                2,
                3800,
                6967,
                later_quantity=1,
                expected_at=AT.replace(month=4),
            ),
        ],
        Address("Johanna Krüger", "Karlstr. 12", "Leipzig", "DE", "Hinterhaus", "04107")
        if language == "de"
        else Address("Ada Lovelace", "12 St James's Square", "London", "GB", postal_code="SW1Y 4JH"),
        "Standard",
        discount_code="SPRING",
        transfer=AwaitedTransfer(
            _TOTAL, "Aldea GmbH, DE02 1203 0000 0000 2020 51, BYLADEM1001", NUMBER, AT.replace(day=28)
        ),
    )
