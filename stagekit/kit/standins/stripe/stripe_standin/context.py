"""The parts of the running stand-in, wired once."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from . import checkout
from .courier import Courier
from .desk import Desk
from .errors import StripeError
from .keeping import Keeper
from .outbox import Outbox
from .settings import Settings
from .store import Store
from .upstream import Upstream

_TIMEOUT = httpx.Timeout(10, connect=3)


@dataclass(frozen=True)
class Context:
    """What a request handler is given."""

    settings: Settings
    store: Store
    outbox: Outbox
    keeper: Keeper
    upstream: Upstream
    courier: Courier
    client: httpx.AsyncClient
    clock: Callable[[], float]

    async def desk(self) -> Desk:
        """A desk with the time of now. Raises a 503 StripeError while stripe-mock is not there."""
        return Desk(self.store, await self.upstream.bases(), int(self.clock()), self.settings.public_url)

    async def expire_sessions(self) -> None:
        """Sessions whose day is over are expired before anything looks at them."""
        if not self.store.outdated_sessions(int(self.clock())):
            return
        try:
            desk = await self.desk()
        except StripeError:
            return  # Their events can be made once stripe-mock answers; pages look at the time themselves.
        with self.store.transaction():
            for session in self.store.outdated_sessions(desk.now):
                self.keeper.keep(desk, checkout.expire(desk, session))
        self.courier.wake()

    async def close(self) -> None:
        await self.client.aclose()
        self.store.close()


def build(settings: Settings, clock: Callable[[], float], transport: httpx.AsyncBaseTransport | None = None) -> Context:
    """Opens the store and wires the parts; sends nothing yet. ``transport`` replaces the network."""
    store = Store(settings.data_dir / "stripe.db")
    store.forget_old_events(int(clock()))
    outbox = Outbox(store)
    verify = ssl.create_default_context(cafile=settings.trust) if settings.trust else True
    client = httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False, verify=verify, transport=transport)
    courier = Courier(store, outbox, client, settings.webhook_url, settings.webhook_secrets, clock)
    keeper = Keeper(store, outbox, sends=bool(settings.webhook_url))
    return Context(
        settings,
        store,
        outbox,
        keeper,
        Upstream(client, settings.upstream_url, clock),
        courier,
        client,
        clock,
    )


async def stop(task: "asyncio.Task[None]") -> None:
    """Ends the courier at once; what it had not heard an answer for is sent again at the next start."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
