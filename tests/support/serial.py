"""Which certificate an edge of this machine serves."""

from __future__ import annotations

import socket
import ssl
import time

from cryptography import x509


def serial_of(port: int, name: str, *, within: float = 5.0) -> str:
    """The serial number of what it serves for a host name; AssertionError where it serves none in that many seconds."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    deadline = time.monotonic() + within
    while True:
        try:
            with (
                socket.create_connection(("127.0.0.1", port), 5) as plain,
                context.wrap_socket(plain, server_hostname=name) as there,
            ):
                found = there.getpeercert(binary_form=True)
                assert found
                return f"{x509.load_der_x509_certificate(found).serial_number:X}"
        except OSError as problem:
            assert time.monotonic() < deadline, f"no certificate for {name} at {port}: {problem}"
            time.sleep(0.2)
