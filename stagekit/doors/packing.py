"""Compression of what travels to a host, and of what archives hold: streams in, streams out."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import zstandard

# 16 MiB. The product's layers take 86.66 MB with it, and 86.63 MB with one of 128 MiB, which every host would have to
# hold in memory to unpack.
WINDOW = 24
ZSTD, GZIP = b"\x28\xb5\x2f\xfd", b"\x1f\x8b"


def packed(pieces: Iterable[bytes], *, level: int) -> Iterator[bytes]:
    """The pieces as one zstd frame. Frames may stand one after the other: together they are the joined content."""
    parameters = zstandard.ZstdCompressionParameters.from_level(level, window_log=WINDOW, write_checksum=1)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    for piece in pieces:
        if out := compressor.compress(piece):
            yield out
    yield compressor.flush()


def frame(content: bytes) -> bytes:
    """A small content as one zstd frame."""
    return zstandard.ZstdCompressor(level=3).compress(content)


def unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The content of zstd or gzip data; other data as it is. Raises ValueError for data that is damaged."""
    waiting = iter(pieces)
    first = next(waiting, b"")
    both = chain([first], waiting)
    if first.startswith(ZSTD):
        return _through(both, lambda: zstandard.ZstdDecompressor().decompressobj())
    if first.startswith(GZIP):
        return _through(both, lambda: zlib.decompressobj(wbits=31))
    return both


def _through(pieces: Iterable[bytes], make: Any) -> Iterator[bytes]:
    """The content of data that may be several streams in a row, as both formats allow."""
    stream = make()
    try:
        for piece in pieces:
            while piece:
                if stream.eof:
                    stream = make()
                yield stream.decompress(piece)
                piece = stream.unused_data if stream.eof else b""
    except (zlib.error, zstandard.ZstdError) as problem:
        raise ValueError(str(problem)) from None
    if not stream.eof:
        raise ValueError("the data ends too early")
