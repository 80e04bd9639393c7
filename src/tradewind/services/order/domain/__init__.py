"""Pure: what an order may become, and what it costs."""
