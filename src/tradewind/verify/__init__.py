"""`tradewind verify`: the promises, checked over the live databases. Reads only."""
