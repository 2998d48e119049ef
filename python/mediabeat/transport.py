"""How requests leave, when not through libcurl: the interface of a transport written in Python."""

from __future__ import annotations

from typing import Optional, Protocol

from ._native import Request
from .model import Response

__all__ = ["Request", "Response", "Transport"]


class Transport(Protocol):
    """What Client(transport=...) takes: an object with send(). Everything else may be missing.

    All functions are called in the thread that calls the client, and must not call the client; such calls raise
    BusyError. An exception is raised from the call of the client that caused it; the request then counts as not
    answered, and is tried again later.

    Further members, each optional:

    capacity: int -- how many requests may be under way at once; 8 when missing.
    cancel(request) -- forget a request that was taken.
    poll() -- move I/O without blocking; called by every tick while requests are under way.
    next_deadline() -> float | None -- when poll is next needed, seconds on the client's clock.
    wait(timeout: float) -> float | None -- block until I/O can move or so many seconds are over; returns the seconds.
    descriptor() -> int | None -- a file descriptor that can be read when poll has I/O to move.
    close() -- the client is closed; no request is under way.
    """

    def send(self, request: Request) -> Optional[Response]:
        """Starts a request without blocking.

        Returns the Response when it is there already. None: the request is taken, and request.complete(response) will
        follow, in the client's thread: inside send() or poll(), or outside of all calls. Raises BusyError: not now,
        offer it again.
        """
