"""Keeps the certificate of a stage: makes one of its own, takes one that is given, or orders one (RFC 8555)."""
