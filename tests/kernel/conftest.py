"""Schemas of its own for each test, in one database: cheaper than a database each."""

from __future__ import annotations

import uuid

import pytest

from tests.kernel.stand import Place


@pytest.fixture
def place(postgres_url: str) -> Place:
    return Place(postgres_url, f"k{uuid.uuid4().hex[:12]}")
