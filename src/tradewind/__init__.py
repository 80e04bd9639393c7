"""Tradewind: a commerce platform that runs as one process or as many services."""
