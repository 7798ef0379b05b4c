"""The image store of one engine, here or at a host: what is in it, and images going out and in as streams."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import docker
import docker.errors
import requests

API = "1.44"  # Engine 25's; naming it saves the question
AT_ONCE = 6  # of the ten channels that sshd allows on a connection
PIECE = 1 << 20

# What a broken connection looks like from here.
BROKEN = (requests.exceptions.RequestException, docker.errors.DockerException, OSError)


class StoreRefused(Exception):
    """The engine said no; `text` is what it said."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class StoreLost(Exception):
    """The engine went away in the middle of a question."""


class StoreDoor:
    """One engine's images. Answers are the engine's own JSON.

    host  `unix:///…` or another address the SDK takes
    Raises StoreRefused and StoreLost.
    """

    def __init__(self, host: str, *, timeout: int = 60) -> None:
        self.host = host
        self._api = docker.APIClient(base_url=host, version=API, timeout=timeout)
        # Settings of proxies are for the world outside; reading them for each question takes longer than to ask it.
        self._api.trust_env = False

    def close(self) -> None:
        """Lets the connections go."""
        self._api.close()

    def facts(self) -> dict[str, Any]:
        """`docker info`. An engine too old for our questions answers with its version alone."""
        response = self._ask("GET", "/info")
        if response.status_code == 400:
            version = self._api.get(f"{self._api.base_url}/version").json()
            return {"ServerVersion": version.get("Version", "")}
        return dict(self._answer(response))

    def listed(self, names: Collection[str] = ()) -> list[dict[str, Any]]:
        """Every image, or those of some names: `Id`, `RepoTags`, `Size`.

        A containerd store leaves out those that are not complete. It takes 10 ms for each that it lists.
        """
        only = {"filters": json.dumps({"reference": sorted(names)})} if names else {}
        return list(self._answer(self._ask("GET", "/images/json", params=only)))

    def inspected(self, images: Iterable[str]) -> dict[str, dict[str, Any]]:
        """`docker image inspect` of those that are there, by what they were asked by."""
        names = list(dict.fromkeys(images))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = pool.map(self._inspect, names)
            return {name: answer for name, answer in zip(names, answers, strict=True) if answer}

    def export(self, images: Sequence[str]) -> Iterator[bytes]:
        """`docker save`, as a stream."""
        response = self._ask("GET", "/images/get", params={"names": list(images)}, stream=True)
        self._refuse(response)
        return _guarded(response.iter_content(PIECE))

    def load(self, archive: Iterable[bytes]) -> None:
        """`docker load`. The archive may be compressed; it is sent as it comes."""
        response = self._ask("POST", "/images/load", params={"quiet": 1}, data=iter(archive), stream=True, timeout=None)
        self._refuse(response)
        for line in b"".join(_guarded(response.iter_content(PIECE))).splitlines():
            if refusal := json.loads(line or b"{}").get("error"):
                raise StoreRefused(str(refusal))

    def pull(self, reference: str, platform: str) -> Iterator[str]:
        """`docker pull` of one platform; yields what goes on."""
        try:
            for row in self._api.pull(reference, platform=platform, stream=True, decode=True):
                if "error" in row:
                    raise StoreRefused(str(row["error"]))
                yield f"{row.get('id', '')} {row.get('status', '')}".strip()
        except docker.errors.APIError as problem:
            raise StoreRefused(str(problem.explanation or problem)) from None
        except BROKEN as problem:
            raise StoreLost(str(problem)) from None

    def forget(self, names: Iterable[str]) -> None:
        """Removes tags, and each image with its last one; one that is not there, or is in use, is left."""
        for name in names:
            with contextlib.suppress(StoreRefused):
                self._refuse(self._ask("DELETE", f"/images/{name}"))

    def containers(self) -> list[dict[str, Any]]:
        """Every container, running or not: `Image`, `ImageID`."""
        return list(self._answer(self._ask("GET", "/containers/json", params={"all": 1})))

    def _inspect(self, name: str) -> dict[str, Any] | None:
        response = self._ask("GET", f"/images/{name}/json")
        return None if response.status_code == 404 else dict(self._answer(response))

    def _ask(self, verb: str, path: str, **options: Any) -> requests.Response:
        options.setdefault("timeout", self._api.timeout)
        try:
            response: requests.Response = self._api.request(verb, f"{self._api.base_url}/v{API}{path}", **options)
        except BROKEN as problem:
            raise StoreLost(str(problem)) from None
        return response

    def _answer(self, response: requests.Response) -> Any:
        self._refuse(response)
        return response.json()

    def _refuse(self, response: requests.Response) -> None:
        if response.status_code >= 400:
            raise StoreRefused(_message(response))


def _guarded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from pieces
    except BROKEN as problem:
        raise StoreLost(str(problem)) from None


def _message(response: requests.Response) -> str:
    try:
        answer: Mapping[str, Any] = response.json()
    except ValueError:
        return response.text.strip()[:300] or f"status {response.status_code}"
    return str(answer.get("message", answer))
