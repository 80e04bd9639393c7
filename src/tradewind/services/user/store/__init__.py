"""Every SQL write of the user service: plain functions that take the transaction, by what they write."""
