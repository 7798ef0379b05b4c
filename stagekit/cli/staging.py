"""Stages image layers right after a build, beside what `up` does then: a later delivery has only to send them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

from stagekit.bootstrap import Engine
from stagekit.carry.sources import sources_of
from stagekit.carry.stock import Stock
from stagekit.cli.layers import layer_cache
from stagekit.cli.place import Place
from stagekit.compose import Model
from stagekit.doors.store import StoreDoor, StoreLost, StoreRefused
from stagekit.errors import StagekitError
from stagekit.images.chains import Holdings
from stagekit.settings import read_lines
from stagekit.stage import ServiceHealth


class Staging:
    """The staging of one stage's images, where the checkout has a stage with a host."""

    def __init__(self, place: Place, engine: Engine, model: Model) -> None:
        self._place, self._engine, self._model = place, engine, model
        self._thread: threading.Thread | None = None
        self._failure = ""

    def start(self) -> None:
        """Begins, once the images are built."""
        if has_remote_stage(self._place) and self._thread is None:
            self._thread = threading.Thread(target=self._stage, daemon=True)
            self._thread.start()

    def finish(self) -> str:
        """Waits for its end; returns what is to be said of it. A failure spoils nothing: a delivery stages too."""
        if self._thread is None:
            return ""
        self._thread.join()
        return f"not now: {self._failure}" if self._failure else "layers are ready for `stagekit deliver`"

    def _stage(self) -> None:
        references = {service.name: service.image for service in self._model.services.values()}
        local = StoreDoor(self._engine.host)
        try:
            stage_all(Stock(local, layer_cache(self._place), Silent(), sources_of(local, references)))
        except StagekitError as error:
            self._failure = error.what
        except (StoreLost, StoreRefused, OSError) as problem:
            self._failure = str(problem)
        finally:
            local.close()


class Silent:
    """A listener that tells nobody: the terminal belongs to what goes on beside it."""

    def begin(self, step: str, text: str) -> None:
        pass

    def detail(self, text: str) -> None:
        pass

    def services(self, states: Mapping[str, ServiceHealth]) -> None:
        pass

    def note(self, text: str) -> None:
        pass

    def end(self, text: str) -> None:
        pass


def stage_all(stock: Stock) -> None:
    """Every layer of the stock, into the cache."""
    stock.recall()
    stock.complete(Holdings("classic"))
    stock.fill({layer for source in stock.sources.values() for layer in source.layers})


def has_remote_stage(place: Place) -> bool:
    """Whether a settings file of the checkout names a host."""
    return any(read_lines(name, place.checkout.read(name)).values.get("STAGEKIT_HOST") for name in _names(place))


def _names(place: Place) -> Iterable[str]:
    own = {".env.example", ".env.local"}
    return (path.name for path in place.checkout.directory.glob(".env.*") if path.name not in own)
