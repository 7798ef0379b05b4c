"""Carrying images to a host: looking at what is there, staging layers, sending them, comparing identities."""
