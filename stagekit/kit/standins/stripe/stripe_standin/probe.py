"""``python -m stripe_standin.probe``: exit code 0 when ``/health`` of this container answers 200."""

import http.client
import os
import sys


def main() -> int:
    """1 with the reason on stderr when it is not ready."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 8080), timeout=3)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        body = answer.read().decode(errors="replace")
    except OSError as error:
        print(f"no answer: {error}", file=sys.stderr)
        return 1
    print(body, file=sys.stdout if answer.status == 200 else sys.stderr)
    return 0 if answer.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
