"""A product that does next to nothing, and what a test may want to go wrong with it."""

import http.server
import os
import signal
import sys
import threading
import time
import urllib.request

VERSION = "one"
WRONG = ""  # crash, never, smoke, once


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/slow":
            time.sleep(1.5)
        status, text = 200, f"{VERSION} {os.environ.get('NAME', '')}\n"
        if self.path == "/ready":
            text = "well\n" if WRONG != "smoke" else "not so\n"
        if self.path == "/health" and WRONG == "never":
            status, text = 503, "still waiting for somebody\n"
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *words):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False  # what was begun is finished
    request_queue_size = 512


def web():
    if WRONG == "crash":
        sys.exit("broken on purpose")
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
