"""A health check's command: `python -m shop.probe PORT PATH` ends with 0 when the answer is 200.

Standard library only and nothing of ours, so that it starts in 50 ms: it runs every 300 ms while a service starts.
"""

from __future__ import annotations

import http.client
import sys

TIMEOUT_SECONDS = 4


def main(words: list[str]) -> int:
    port, path = int(words[0]), words[1]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        print(answer.status, answer.read(2000).decode(errors="replace"))
    except OSError as error:
        print(f"no answer on port {port}: {error}")
        return 1
    return 0 if answer.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
