"""Every SQL write of the order service, and the records that its use cases work on."""
