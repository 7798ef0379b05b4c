"""A certificate with its chain and key, as one text: what it is for, until when, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

SPARE = 1 / 3  # of its life: what is left when the next one is due


class Refused(Exception):
    """A certificate that cannot serve; the text says why, for a person."""


@dataclass(frozen=True)
class Certificate:
    """One that could serve.

    pem     the certificate, its chain and its key
    names   the host names that it is for
    issuer  who signed it
    serial  as the edge shows it: hexadecimal, in capitals
    """

    pem: str
    names: frozenset[str]
    begins: datetime
    ends: datetime
    issuer: str
    serial: str

    def due(self, now: datetime) -> bool:
        """Whether the next one should be got: the last third of its life has begun, or the clock was put back."""
        return now < self.begins or self.ends - now < (self.ends - self.begins) * SPARE

    def covers(self, name: str) -> bool:
        """Whether it is for a host name; `*.` stands for one label (RFC 6125)."""
        return name in self.names or f"*.{name.partition('.')[2]}" in self.names

    def problem(self, names: tuple[str, ...], now: datetime) -> str:
        """Why it cannot serve these names now; empty where it can."""
        if now > self.ends:
            return f"the certificate expired on {_day(self.ends)}"
        if now < self.begins:
            return f"the certificate is not valid before {_day(self.begins)}, and the clock here says {_day(now)}"
        lacking = [name for name in names if not self.covers(name)]
        return f"the certificate is not for {', '.join(lacking)}" if lacking else ""


def read(pem: str) -> Certificate:
    """The certificate of a PEM text, whose first one is that of its key. Raises Refused."""
    try:
        chain = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise Refused("there is no certificate in it: a PEM text with the certificate, its chain and its key") from None
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError):
        raise Refused("there is no key in it that can be read without a password") from None
    first = chain[0]
    if _public(key.public_key()) != _public(first.public_key()):
        raise Refused("the key is not that of the certificate")
    return Certificate(
        pem=pem,
        names=_names(first),
        begins=first.not_valid_before_utc,
        ends=first.not_valid_after_utc,
        issuer=_issuer(first),
        serial=f"{first.serial_number:X}",
    )


def usable(pem: str, names: tuple[str, ...], now: datetime) -> Certificate:
    """The certificate, checked for these names. Raises Refused."""
    found = read(pem)
    if problem := found.problem(names, now):
        raise Refused(problem)
    return found


def now_utc() -> datetime:
    """The time."""
    return datetime.now(UTC)


def _names(certificate: x509.Certificate) -> frozenset[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(name.lower() for name in found.value.get_values_for_type(x509.DNSName))


def _issuer(certificate: x509.Certificate) -> str:
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        if found := certificate.issuer.get_attributes_for_oid(oid):
            return str(found[0].value)
    return certificate.issuer.rfc4514_string()


def _public(key: object) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined,no-any-return]


def _day(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M UTC")
