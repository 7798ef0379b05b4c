"""Hands out the files of challenges, which the edge leads here, and says whether the keeper is well."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Callable
from pathlib import Path

PORT = 8080
CHALLENGE = re.compile(r"/\.well-known/acme-challenge/([A-Za-z0-9_-]{1,128})")


def serve(folder: Path, unwell: Callable[[], str]) -> None:
    """Answers from now on, in a thread. `unwell` says why the keeper is not ready; empty where it is."""

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/health":
                why = unwell()
                self._answer(503 if why else 200, why or "well")
                return
            asked = CHALLENGE.fullmatch(self.path)
            file = folder / ".well-known" / "acme-challenge" / (asked.group(1) if asked else "")
            if asked and file.is_file():
                self._answer(200, file.read_text(encoding="utf-8"))
            else:
                self._answer(404, "no such challenge")

        def _answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("", PORT), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
