"""What happened to an order, as its timeline tells it, with the mails about it: newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tradewind.contracts.amounts import money
from tradewind.faces.backoffice import words
from tradewind.faces.backoffice.told import told
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit

Entry = Mapping[str, Any]
ICONS = {
    "draft": "pencil-ruler",
    "pending": "shopping-bag",
    "action_required": "landmark",
    "payment_failed": "credit-card",
    "placed": "circle-check",
    "partially_fulfilled": "truck",
    "fulfilled": "truck",
    "partially_returned": "undo-2",
    "returned": "undo-2",
    "cancelled": "circle-x",
    "expired": "hourglass",
}
KINDS = {
    "payment": ("credit-card", marked("Payment")),
    "fulfilment": ("package", marked("Parcel")),
    "staff_note": ("sticky-note", marked("Note")),
    "customer_note": ("message-square", marked("Note, shown to the customer")),
    "invoice": ("file-text", marked("Invoice issued")),
    "credit_note": ("file-minus", marked("Credit note issued")),
    "hold": ("circle-pause", marked("Put on hold")),
    "release": ("circle-play", marked("Released")),
    "cancellation": ("circle-minus", marked("Pieces cancelled")),
    "edit": ("pencil", marked("Change of the order")),
    "exchange": ("arrow-left-right", marked("Exchange")),
    "return": ("undo-2", marked("Return")),
    "claim": ("circle-alert", marked("Claim")),
    "address": ("map-pin", marked("Address changed")),
    "draft": ("pencil-ruler", marked("Draft")),
    "import": ("download", marked("Imported")),
    "reissue": ("copy", marked("Reissued")),
    "dispute": ("gavel", marked("Dispute")),
    "stock": ("package", marked("Stock")),
    "packing": ("package-check", marked("Packed by the warehouse")),
}
PARCELS = {
    "requested": ("package", marked("Parcel asked for"), ""),
    "packed": ("package", marked("Parcel packed"), ""),
    "shipping": ("package", marked("Parcel being charged"), ""),
    "shipped": ("truck", marked("Parcel sent"), "info"),
    "delivered": ("package-check", marked("Parcel delivered"), "ok"),
    "failed": ("package-x", marked("Parcel not sent"), "bad"),
    "cancelled": ("package-x", marked("Parcel cancelled"), ""),
}
COLLECTED = {**PARCELS, "shipped": ("package-check", marked("Handed over"), "ok")}
REFUNDS = {
    "requested": ("undo-2", marked("Refund of %(amount)s under way"), ""),
    "succeeded": ("undo-2", marked("%(amount)s refunded"), ""),
    "failed": ("circle-alert", marked("Refund of %(amount)s failed"), "bad"),
    "credited": ("arrow-left-right", marked("%(amount)s used for an exchange"), ""),
}
PAID = (marked("Paid: to be shipped"), marked("Paid: to be collected"))
PLACED = {  # where it is placed before it is paid: sent, and collected
    "bank_transfer": (
        marked("Placed: to be shipped when the transfer is here"),
        marked("Placed: to be collected when the transfer is here"),
    ),
    "cash_on_delivery": (
        marked("Placed: to be shipped, and paid on delivery"),
        marked("Placed: to be collected, and paid then"),
    ),
}
SHOWN = {  # by what the timeline is filtered
    "": (marked("All"), ()),
    "notes": (marked("Notes"), ("staff_note", "customer_note")),
    "money": (marked("Money"), ("payment", "invoice", "credit_note", "dispute")),
    "parcels": (marked("Parcels"), ("fulfilment", "return")),
    "changes": (
        marked("Changes"),
        ("edit", "exchange", "address", "cancellation", "hold", "release", "claim", "draft", "reissue"),
    ),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """`title` and `by` are in the visitor's language; `detail` is as somebody wrote it, or says what changed."""

    at: str
    icon: str
    title: str
    detail: str = ""
    by: str = ""
    tone: str = ""
    url: str = ""
    version: int = 0


def timeline(
    visit: Visit,
    order: Mapping[str, Any],
    entries: Sequence[Entry],
    mails: Sequence[Mapping[str, Any]] = (),
    methods: Mapping[str, str] | None = None,
) -> list[Moment]:
    """`methods` are the names of shipping methods by their codes."""
    moments = [*(_moment(visit, order, entry, methods or {}) for entry in entries), *_mails(visit, mails)]
    return sorted(moments, key=lambda moment: moment.at, reverse=True)


def kinds_shown(name: str) -> tuple[str, ...]:
    return SHOWN.get(name, SHOWN[""])[1]


def _moment(visit: Visit, order: Mapping[str, Any], entry: Entry, methods: Mapping[str, str]) -> Moment:
    details = {detail["type"]: detail for detail in entry["details"]}
    icon, title, tone = _told(visit, order, entry, details)
    parts = list(_changes(visit, entry["details"], methods))
    if entry["kind"] in ("invoice", "credit_note"):
        url = f"/admin/orders/{order['order_id']}/documents/{entry['text']}"
        return Moment(entry["at"], icon, f"{title}: {entry['text']}", "", _who(visit, entry), tone, url)
    if entry["kind"] not in ("payment", "fulfilment") and not _is_parcel_text(entry, details):
        parts.insert(0, told(visit, entry["kind"], entry.get("text") or ""))
    detail = " · ".join(part for part in parts if part)
    return Moment(entry["at"], icon, title, detail, _who(visit, entry), tone, version=entry["sequence"])


def _is_parcel_text(entry: Entry, details: Mapping[str, Any]) -> bool:
    """What a parcel's own change says better."""
    return entry["kind"] == "state" and "parcel_moved" in details


def _told(
    visit: Visit, order: Mapping[str, Any], entry: Entry, details: Mapping[str, Any]
) -> tuple[str, str, str]:
    """Icon, title and tone: of what is most telling of it."""
    collected = bool(order.get("pickup"))
    if "parcel_moved" in details:
        icon, title, tone = (COLLECTED if collected else PARCELS)[details["parcel_moved"]["state"]]
        return icon, visit.gettext(title), tone
    if "refund_moved" in details:
        icon, title, tone = REFUNDS[details["refund_moved"]["state"]]
        return icon, visit.gettext(title, amount=_amount(visit, details["refund_moved"]["amount"])), tone
    if "money_captured" in details and entry["kind"] == "payment":
        amount = _amount(visit, details["money_captured"]["amount"])
        return "credit-card", visit.gettext("%(amount)s captured", amount=amount), "ok"
    if entry["kind"] == "state" and "state_moved" in details:
        move = details["state_moved"]
        if move["from_state"] is None and move["to_state"] == "pending":
            return "shopping-bag", visit.gettext("Ordered"), ""
        if move["to_state"] == "placed":
            method = (order.get("payment") or {}).get("method", "card")
            return ICONS["placed"], visit.gettext(PLACED.get(method, PAID)[collected]), "info"
        word = words.word(words.ORDER, move["to_state"])
        return ICONS.get(move["to_state"], "circle"), visit.gettext(word.title), word.tone
    icon, title = KINDS.get(entry["kind"], ("circle", entry["kind"]))
    if entry["kind"] == "payment" and entry.get("text"):
        return icon, told(visit, "payment", entry["text"]), ""
    return icon, visit.gettext(title), "warn" if entry["kind"] in ("hold", "claim", "dispute") else ""


def _changes(visit: Visit, details: Sequence[Mapping[str, Any]], methods: Mapping[str, str]) -> Iterator[str]:
    for detail in details:
        match detail["type"]:
            case "parcel_moved" | "refund_moved":
                yield ", ".join(f"{line['quantity']} × {line['sku']}" for line in detail.get("lines", ()))
                yield " ".join(detail[name] for name in ("carrier", "tracking_number") if detail.get(name))
                yield detail.get("failure") or detail.get("reason") or ""
            case "line_changed":
                yield f"{detail['title']}: {detail['from_quantity']} → {detail['to_quantity']}"
            case "total_changed":
                before, after = (_amount(visit, detail[name]) for name in ("from_total", "to_total"))
                yield visit.gettext("Total %(before)s → %(after)s", before=before, after=after)
            case "address_changed":
                yield f"{_place(detail['before'])} → {_place(detail['after'])}"
            case "shipping_changed":
                before, after = (
                    methods.get(code, code) for code in (detail["from_method"], detail["to_method"])
                )
                yield f"{before} → {after}"


def _place(address: Mapping[str, Any]) -> str:
    return f"{address['name']}, {address['line1']}, {address.get('postal_code', '')} {address['city']}"


def _amount(visit: Visit, amount: Mapping[str, Any]) -> str:
    return money(amount["amount_minor"], amount["currency"], visit.language)


def _mails(visit: Visit, mails: Sequence[Mapping[str, Any]]) -> Iterator[Moment]:
    for mail in mails:
        word = words.word(words.MESSAGE, mail["state"])
        title = visit.gettext("Mail: %(subject)s", subject=mail["subject"])
        tone = word.tone if mail["state"] == "failed" else ""
        detail = visit.gettext(word.title) + " · " + mail["to"]
        at = mail["sent_at"] or mail["created_at"]
        yield Moment(at, "mail", title, detail, "", tone, f"/admin/mail/{mail['message_id']}")


def _who(visit: Visit, entry: Entry) -> str:
    actor = entry["actor"]
    if actor["kind"] == "service":
        return ""
    kind = visit.gettext("Staff") if actor["kind"] == "staff" else visit.gettext("Customer")
    return f"{actor['name']} ({kind})" if actor.get("name") else kind
