"""Mail: an empty mailbox. The seed sends nothing: its receipts are marked as sent."""

from __future__ import annotations

import os

import httpx

from stagekit_seed import Seed


def apply(seed: Seed) -> str:
    return "nothing to do: the seed sends no mail"


def reset(seed: Seed) -> str:
    """Only where MAIL_URL names a Mailpit."""
    url = os.environ.get("MAIL_URL", "")
    if not url:
        return "left as it is: MAIL_URL names no Mailpit"
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
        count = client.get("/api/v1/messages", params={"limit": 1}).raise_for_status().json()["total"]
        client.request("DELETE", "/api/v1/messages", json={}).raise_for_status()
    return f"emptied, {count} messages" if count else "empty already"
