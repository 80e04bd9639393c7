"""Reads of the order service, straight to the shape that is answered."""
