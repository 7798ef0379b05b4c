"""Whether the keeper is well: exits with 1, and says why, where it is not."""

import sys
import urllib.error
import urllib.request

from keeper.web import PORT

try:
    urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health", timeout=4)
except urllib.error.HTTPError as refused:
    sys.exit(refused.read().decode())
except OSError as problem:
    sys.exit(str(problem))
