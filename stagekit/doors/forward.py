"""A port of this machine's loopback that leads to an address which this machine reaches: bytes go to and fro."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading

WITHIN = 10.0  # seconds until the far side must have taken a connection


class LocalForward:
    """Listens from its making to `close`; where it leads may change meanwhile."""

    def __init__(self, port: int) -> None:
        self._to: tuple[str, int] = ("", 0)
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError), socket.create_connection(outer._to, timeout=WITHIN) as far:
                    far.settimeout(None)
                    back = threading.Thread(target=_pour, args=(far, self.request), daemon=True)
                    back.start()
                    _pour(self.request, far)
                    back.join()

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def lead(self, address: str, port: int) -> None:
        """Where new connections go."""
        self._to = (address, port)

    def close(self) -> None:
        """Listens no more."""
        self._server.shutdown()
        self._server.server_close()


def free_port(wanted: int) -> int:
    """This port of loopback where it is free, else one that the system chooses."""
    for port in (wanted, 0):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise OSError("there is no free port on 127.0.0.1")


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(1 << 16):
            sink.sendall(piece)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
