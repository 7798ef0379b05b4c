"""The stage's own certificate authority: made once, kept in a volume, and what it signs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keeper.certificate import Refused

YEARS = timedelta(days=3650)
LEAF = timedelta(days=90)
# Clocks differ: what is new here is valid at a machine that is a little behind.
EARLIER = timedelta(hours=1)


def make(domain: str, now: datetime) -> str:
    """A new authority for one domain: its certificate and key as PEM. It signs for names below the domain only."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"stagekit stage {domain}"[:64])])
    below = x509.NameConstraints(permitted_subtrees=[x509.DNSName(domain)], excluded_subtrees=None)
    made = (
        _begun(name, name, key, now - EARLIER, now + YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign=True), critical=True)
        .add_extension(below, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode() + _pem(key)


def public_part(authority: str) -> str:
    """Its certificate alone, which people and programs trust."""
    return x509.load_pem_x509_certificate(authority.encode()).public_bytes(Encoding.PEM).decode()


def sign(authority: str, names: Sequence[str], now: datetime) -> str:
    """A certificate for these names with its chain and a new key. Raises Refused while the authority is not valid."""
    root = x509.load_pem_x509_certificate(authority.encode())
    root_key = load_pem_private_key(authority.encode(), None)
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)
    if not root.not_valid_before_utc <= now <= root.not_valid_after_utc:
        raise Refused(
            f"the stage's own authority is not yet valid, or no longer: from {root.not_valid_before_utc:%Y-%m-%d} to "
            f"{root.not_valid_after_utc:%Y-%m-%d}, and the clock here says {now:%Y-%m-%d %H:%M} UTC"
        )
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    begins = max(now - EARLIER, root.not_valid_before_utc)
    made = (
        _begun(name, root.subject, key, begins, min(now + LEAF, root.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()),
            critical=False,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(root_key, SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode() + public_part(authority) + _pem(key)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


def _usage(*, sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign,
        crl_sign=sign,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
