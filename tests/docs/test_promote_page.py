"""The chat message of the page on promotion: run as it stands, against a chat that listens on loopback."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from tests.docs.documents import fences, sections

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "promote.md").read_text(encoding="utf-8")
RELEASE = {"stage": "staging", "revision": "a1b2c3d", "by": "ana", "number": 7}


class Chat(http.server.BaseHTTPRequestHandler):
    heard: list[str] = []  # noqa: RUF012  # one chat a test run

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.heard.append(said["text"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        pass


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_the_chat_message_says_what_serves_where_and_by_whom() -> None:
    script = next(body for language, body in fences(sections(PAGE)["Hooks"]) if language == "sh")
    server = http.server.HTTPServer(("127.0.0.1", 0), Chat)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        environ = {**os.environ, "CHAT_URL": f"http://127.0.0.1:{server.server_port}/hook", "NO_PROXY": "*"}
        done = subprocess.run(["sh", "-c", script], input=json.dumps(RELEASE), env=environ, text=True, check=False)
    finally:
        server.shutdown()
    assert done.returncode == 0
    assert Chat.heard == ["staging: a1b2c3d by ana serves"]
