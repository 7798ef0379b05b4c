"""Public keys, and the file that lists who may come in."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from stagekit.errors import UsageError

KINDS = r"(?:sk-)?(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-nistp\d+)(?:@openssh\.com)?"
LINE = re.compile(rf"(?:^|(?<=\s))({KINDS})\s+([A-Za-z0-9+/]+=*)(?:\s+(.*))?$")


@dataclass(frozen=True)
class PublicKey:
    """One key. Two are the same where kind and body are, whatever their comment."""

    kind: str
    body: str
    comment: str = ""

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` shows it: SHA256:…"""
        digest = hashlib.sha256(base64.b64decode(self.body)).digest()
        return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"

    def line(self) -> str:
        """As authorized_keys has it."""
        return " ".join(part for part in (self.kind, self.body, self.comment) if part)

    def same(self, other: PublicKey) -> bool:
        """Whether it is the same key."""
        return (self.kind, self.body) == (other.kind, other.body)

    def __str__(self) -> str:
        return f"{self.fingerprint} ({self.comment})" if self.comment else self.fingerprint


def parse_key(text: str, name: str) -> PublicKey:
    """The one public key of a file's text. Raises UsageError for anything else; a private key is not shown."""
    keys = keys_in(text)
    if len(keys) == 1:
        return keys[0]
    if "PRIVATE KEY" in text:
        raise UsageError(f"{name} is a private key, which stays where it is", next=f"name the public one: {name}.pub")
    what = "holds no public key" if not keys else f"holds {len(keys)} keys"
    raise UsageError(f"{name} {what}", next="name a file with one public key, such as ~/.ssh/id_ed25519.pub")


def keys_in(text: str) -> tuple[PublicKey, ...]:
    """The keys of an authorized_keys, of a .pub file or of what `ssh-add -L` prints; options before a key left out."""
    found = (_key_of(line) for line in text.splitlines())
    return tuple(key for key in found if key)


def without_key(text: str, key: PublicKey) -> str:
    """The text of an authorized_keys without a key; comments and other lines stay as they are."""
    kept = [line for line in text.splitlines() if not ((found := _key_of(line)) and found.same(key))]
    return "\n".join(kept) + "\n" if kept else ""


def holds(text: str, key: PublicKey) -> bool:
    """Whether the text of an authorized_keys lets the key in."""
    return any(found.same(key) for found in keys_in(text))


def _key_of(line: str) -> PublicKey | None:
    match = LINE.search(line.strip())
    if match is None or line.lstrip().startswith("#"):
        return None
    try:
        base64.b64decode(match.group(2), validate=True)
    except binascii.Error:
        return None
    return PublicKey(match.group(1), match.group(2), (match.group(3) or "").strip())
