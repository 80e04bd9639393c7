"""Every page of the storefront, and what its forms are sent to: its table of contents."""

from __future__ import annotations

from tradewind.faces.kit.visit import View

VIEWS: tuple[View, ...] = ()
