"""Where a client's time comes from."""

from __future__ import annotations

from . import _native
from .arguments import check_seconds

__all__ = ["VirtualClock"]


class VirtualClock(_native.VirtualClock):
    """A clock that only moves when it is told to: for tests, and to play what happened before.

    Give it to Client(clock=...). Times are seconds since 1970, kept to the millisecond. A client reads it without
    calling Python.
    """

    def __init__(self, now: float = 0.0) -> None:
        super().__init__(now)

    @property
    def now_ms(self) -> int:
        """The time in milliseconds since 1970."""
        return self._now_ms()

    @now_ms.setter
    def now_ms(self, value: int) -> None:
        self._set_now_ms(value)

    @property
    def now(self) -> float:
        """The time in seconds since 1970. May be set, to any time; a client takes steps back out."""
        return self._now_ms() / 1000

    @now.setter
    def now(self, value: float) -> None:
        self._set_now_ms(_milliseconds(value))

    def advance(self, seconds: float) -> float:
        """Moves on by so many seconds, and returns the new time."""
        self._set_now_ms(self._now_ms() + _milliseconds(seconds))
        return self.now

    def __call__(self) -> float:
        """The time, as time.time() would say it."""
        return self.now

    def __repr__(self) -> str:
        return f"<mediabeat.VirtualClock at {self.now:.3f} s>"


def _milliseconds(seconds: float) -> int:
    check_seconds(seconds, "seconds")
    return round(seconds * 1000)
