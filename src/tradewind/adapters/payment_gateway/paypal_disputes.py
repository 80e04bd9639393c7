"""PayPal's disputes: Customer Disputes v1."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from tradewind.adapters.payment_gateway.paypal_api import PayPal, Refusal
from tradewind.adapters.payment_gateway.paypal_reading import DisputeShown, dispute
from tradewind.ports.payment_gateway import DisputeOutcome, Evidence, FoundDispute, Moved, NotFound


class PayPalDisputes:
    def __init__(self, paypal: PayPal) -> None:
        self._paypal = paypal

    async def find(self, dispute_id: str) -> FoundDispute:
        found = await self._paypal.ask("GET", _path(dispute_id), DisputeShown)
        if isinstance(found, Refusal):
            return NotFound()
        return dispute(found) if isinstance(found, DisputeShown) else found

    async def submit(self, dispute_id: str, reference: str, evidence: Evidence) -> DisputeOutcome:
        tracking = {"carrier_name": "OTHER", "carrier_name_other": evidence.carrier}
        tracking["tracking_number"] = evidence.tracking_number
        shipped = bool(evidence.tracking_number)
        given: dict[str, Any] = {
            "evidence_type": "PROOF_OF_FULFILLMENT" if shipped else "OTHER",
            "notes": evidence.explanation[:2000],
        }
        if shipped:
            given["evidence_info"] = {"tracking_info": [tracking]}
        # PayPal takes evidence as the parts of a form, of which files may be others.
        boundary = uuid5(NAMESPACE_URL, f"{dispute_id} {reference}").hex
        content = (
            f'--{boundary}\r\ncontent-disposition: form-data; name="input"\r\n'
            "content-type: application/json\r\n\r\n"
        ).encode()
        content += msgspec.json.encode({"evidences": [given]}) + f"\r\n--{boundary}--\r\n".encode()
        return await self._sent(
            f"{_path(dispute_id)}/provide-evidence",
            dispute_id,
            reference,
            content=(f"multipart/form-data; boundary={boundary}", content),
        )

    async def accept(self, dispute_id: str, reference: str) -> DisputeOutcome:
        body = {"note": "Accepted by the seller."}
        return await self._sent(f"{_path(dispute_id)}/accept-claim", dispute_id, reference, body)

    async def _sent(
        self,
        path: str,
        dispute_id: str,
        reference: str,
        body: Any = None,
        content: tuple[str, bytes] | None = None,
    ) -> DisputeOutcome:
        done = await self._paypal.ask("POST", path, dict, body, reference, content)
        if isinstance(done, Refusal):
            return NotFound() if done.status == 404 else done.rejected
        return Moved(dispute_id) if isinstance(done, dict) else done


def _path(dispute_id: str) -> str:
    return f"/v1/customer/disputes/{dispute_id}"
