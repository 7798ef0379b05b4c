"""Read a request's body up to a limit, holding no more than the limit."""

from __future__ import annotations

from starlette.requests import Request

# What is longer than the limit is read and dropped up to here, so that the sender hears "too long" instead of a
# connection that breaks while it writes.
DROPPED_BYTES = 16 * 1024 * 1024


class TooLong(Exception):
    """The body is longer than the limit."""


async def read_body(request: Request, limit: int) -> bytes:
    kept, length = bytearray(), 0
    async for chunk in request.stream():
        length += len(chunk)
        if length <= limit:
            kept += chunk
        elif length > DROPPED_BYTES:
            break
        else:
            kept.clear()
    if length > limit:
        raise TooLong
    return bytes(kept)
