"""What clients of the order service send and are answered. Amounts are integer minor units."""
