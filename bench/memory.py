"""The memory of a stage, from the engine's own numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import docker

from bench.rows import Goal, Measurement
from bench.stack import Stack

MIB = 1024 * 1024
PROJECT = "com.docker.compose.project"


def memory(stack: Stack) -> Measurement:
    """What all containers of the stage use together, in MiB."""
    api = docker.APIClient(base_url=stack.host, version="auto", timeout=60)
    running = api.containers(filters={"label": f"{PROJECT}={stack.project}"})
    total = used(api.stats(row["Id"], stream=False, one_shot=True) for row in running)
    api.close()
    return Measurement("memory of the stack", "MiB", Goal(2048), total / MIB)


def used(stats: Iterable[Mapping[str, Any]]) -> int:
    """The bytes that containers hold, without the page cache, which the kernel takes back at need."""
    return sum(_used(one["memory_stats"]) for one in stats)


def _used(memory: Mapping[str, Any]) -> int:
    # Both generations of control groups count shared memory, where Postgres keeps its buffers, as cache.
    numbers = memory.get("stats", {})
    if "total_cache" in numbers:
        cache = numbers["total_cache"] - numbers.get("total_shmem", 0)
    else:
        cache = numbers.get("file", 0) - numbers.get("shmem", 0)
    return max(int(memory.get("usage", 0)) - int(cache), 0)
