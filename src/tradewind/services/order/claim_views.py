"""Claims as they are answered."""

from __future__ import annotations

from tradewind.services.order.domain.tracking import tracking_url
from tradewind.services.order.shapes.claims import Claim, ClaimPhoto
from tradewind.services.order.store.claim_photos import PhotoRecord
from tradewind.services.order.store.claims import ClaimRecord
from tradewind.services.order.store.orders import OrderRecord
from tradewind.services.order.views import refund_view


def claim_view(order: OrderRecord, claim: ClaimRecord, *, staff: bool) -> Claim:
    refunds = [refund for refund in order.refunds if refund.refund_id == claim.refund_id]
    return Claim(
        claim.claim_id,
        claim.order_id,
        f"{order.number}-C{claim.number}",
        claim.kind,
        claim.state,
        claim.lines,
        claim.note,
        claim.evidence,
        claim.by_customer,
        claim.created_at,
        claim.updated_at,
        claim.outcome,
        claim.decision,
        refund_view(refunds[0], order.currency, staff=staff) if refunds else None,
        claim.replacement,
        claim.carrier,
        claim.tracking_number,
        tracking_url(claim.carrier, claim.tracking_number),
        claim.failure if staff else None,
        claim.actor if staff else None,
        [photo_view(photo) for photo in claim.photos],
    )


def photo_view(photo: PhotoRecord) -> ClaimPhoto:
    return ClaimPhoto(photo.photo_id, photo.media_type, photo.width, photo.height, photo.added_at)
