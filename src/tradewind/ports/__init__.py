"""The small protocols to the outside world, one file each. They import nothing of Tradewind."""
