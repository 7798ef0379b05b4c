"""A product that does next to nothing, and what a test may want to go wrong with it."""

import base64
import contextlib
import hashlib
import http.server
import os
import signal
import sys
import threading
import time
import urllib.request

VERSION = "one"
WRONG = ""  # crash, hungry, never, smoke, once
WEBSOCKET = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/slow":
            time.sleep(1.5)
        if self.path in ("/events", "/socket"):
            self.stream(socket=self.path == "/socket")
            return
        status, text = 200, f"{VERSION} {os.environ.get('NAME', '')}\n"
        if self.path == "/ready":
            text = "well\n" if WRONG != "smoke" else "not so\n"
        if self.path == "/health" and WRONG == "never":
            status, text = 503, "still waiting for somebody\n"
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def stream(self, *, socket):
        """Tells the version for ever: events, or a websocket's frames."""
        key = self.headers.get("Sec-WebSocket-Key", "").encode()
        self.send_response(101 if socket else 200)
        if socket:
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "Upgrade")
            accepted = base64.b64encode(hashlib.sha1(key + WEBSOCKET).digest())
            self.send_header("Sec-WebSocket-Accept", accepted.decode())
        else:
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
        self.end_headers()
        text = VERSION.encode()
        piece = bytes([0x81, len(text)]) + text if socket else b"data: " + text + b"\n\n"
        self.close_connection = True
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(piece)
                time.sleep(0.2)

    def log_message(self, *words):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False  # what was begun is finished
    request_queue_size = 512


def web():
    if WRONG == "crash":
        sys.exit("broken on purpose")
    if WRONG == "hungry":
        print(len(b"x" * (1 << 30)))
    server = Server(("", 8000), Page)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    os._exit(0)  # kept-alive connections that idle would hold it up


def worker():
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    over.wait()


def once():
    if WRONG == "once":
        sys.exit("the relation is there already")


def probe():
    urllib.request.urlopen("http://127.0.0.1:8000/health", timeout=2)


{"web": web, "worker": worker, "once": once, "probe": probe}[sys.argv[1]]()
