"""Parcels as they are packed, shipped, corrected and cancelled."""

from __future__ import annotations

from tradewind.contracts.common import Body
from tradewind.services.order.shapes.orders import Reason, Text


class ShipFulfilment(Body, frozen=True):
    """What is left out stays as it was given with the request for the parcel."""

    carrier: Text | None = None
    tracking_number: Text | None = None


class CorrectTracking(Body, frozen=True):
    carrier: Text
    tracking_number: Text


class CancelFulfilment(Body, frozen=True):
    reason: Reason = ""
