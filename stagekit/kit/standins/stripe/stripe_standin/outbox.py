"""Events on their way to the product's webhook: what waits, what is due, how long until the next try."""

from dataclasses import dataclass

from .store import Store

FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0
_AT_ONCE = 8
# Only the oldest waiting event of a queue is sent: the events of one checkout arrive in order.
_HEADS = (
    "FROM deliveries d WHERE d.delivered = 0 AND NOT EXISTS (SELECT 1 FROM deliveries e"
    " WHERE e.delivered = 0 AND e.queue = d.queue AND e.seq < d.seq)"
)


@dataclass(frozen=True)
class Delivery:
    """One event's way to the webhook. ``answer`` is what the last try got, in words."""

    event: str
    queue: str
    delivered: bool
    attempts: int
    next_try: float
    answer: str


def wait_after(attempts: int) -> float:
    """Seconds until the next try: 1, 2, 4 … and never more than 30."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempts - 1, 10))


class Outbox:
    """Rows beside the kept objects, so an event and what it tells of are written in one transaction."""

    def __init__(self, store: Store) -> None:
        self.db = store.db

    def add(self, event: str, queue: str, now: float) -> None:
        self.db.execute("INSERT INTO deliveries (event, queue, next_try) VALUES (?, ?, ?)", (event, queue, now))

    def due(self, now: float) -> list[Delivery]:
        """What should be sent now, oldest first: at most one event of each queue."""
        return self._select(f"{_HEADS} AND d.next_try <= ? ORDER BY d.seq LIMIT {_AT_ONCE}", now)

    def next_try(self) -> float | None:
        """When something will be due, or None when nothing waits."""
        row = self.db.execute(f"SELECT MIN(d.next_try) {_HEADS}").fetchone()
        return float(row[0]) if row[0] is not None else None

    def delivered(self, event: str, answer: str) -> None:
        self.db.execute(
            "UPDATE deliveries SET delivered = 1, attempts = attempts + 1, answer = ? WHERE event = ?",
            (answer, event),
        )

    def failed(self, delivery: Delivery, answer: str, now: float) -> None:
        attempts = delivery.attempts + 1
        self.db.execute(
            "UPDATE deliveries SET attempts = ?, next_try = ?, answer = ? WHERE event = ?",
            (attempts, now + wait_after(attempts), answer, delivery.event),
        )

    def resend(self, event: str, now: float) -> bool:
        """Sends an event again, delivered or not; False for one that was never meant to be sent."""
        done = self.db.execute(
            "UPDATE deliveries SET delivered = 0, attempts = 0, next_try = ? WHERE event = ?", (now, event)
        )
        return done.rowcount == 1

    def find(self, event: str) -> Delivery | None:
        return next(iter(self._select("FROM deliveries d WHERE d.event = ?", event)), None)

    def newest(self, limit: int) -> list[Delivery]:
        return self._select("FROM deliveries d ORDER BY d.seq DESC LIMIT ?", limit)

    def _select(self, rest: str, value: float | str) -> list[Delivery]:
        columns = "SELECT d.event, d.queue, d.delivered, d.attempts, d.next_try, d.answer "
        rows = self.db.execute(columns + rest, (value,)).fetchall()
        return [Delivery(event, queue, bool(done), *more) for event, queue, done, *more in rows]
