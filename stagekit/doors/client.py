"""The Docker SDK's client, with one error for an engine that does not answer, whichever way it went."""

from __future__ import annotations

from typing import Any

import docker
import requests


class EngineGone(Exception):
    """The engine did not answer: it stopped, or the way to it broke. `text` is what was seen."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Client(docker.APIClient):  # type: ignore[misc]  # the SDK has no types
    """Raises EngineGone; what an engine refuses is the SDK's own error."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Every question goes through here."""
        try:
            answer: requests.Response = super().send(request, **options)
        except requests.exceptions.RequestException as gone:
            raise EngineGone(str(gone)) from None
        return answer

    def _retrieve_server_version(self) -> str:
        # The SDK's own turns whatever goes wrong into an error that says no more than its text.
        return str(self.version(api_version=False)["ApiVersion"])
