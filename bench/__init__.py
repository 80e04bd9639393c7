"""`make bench`: the shop's speed beside its floor, the same SQL through a bare ASGI function. See README.md."""
