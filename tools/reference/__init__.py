"""Writes the references that are made from the code: `make docs`. tests/tidy holds them to it."""
