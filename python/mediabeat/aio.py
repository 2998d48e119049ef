"""mediabeat in an asyncio program: one driver for each client, no thread and no polling."""

from __future__ import annotations

import asyncio
import select
import threading
from typing import Optional, Set

from .arguments import check_seconds, wrong_type
from .client import Client
from .errors import BusyError, ClosedError
from .model import Drop

__all__ = ["Driver"]

POLL_S = 0.02
BUSY_S = 0.1


class Driver:
    """Moves a client along in an asyncio event loop: its timers, its sockets, its retries.

        client = mediabeat.Client(endpoint=url, ...)
        async with mediabeat.aio.Driver(client, timeout=10):
            tracker = client.tracker("tv")
            ...

    The loop wakes up when a deadline of the client has come (`client.next_deadline`) or its sockets have something to
    do (`client.descriptor`), and at no other time. A call that changes either tells the driver, so trackers and
    sessions are used as anywhere else: from the loop's own thread, or with check_same_thread=False from others. Only
    these are looked at every 20 ms, while events wait: a transport written in Python that has `poll` and no
    `descriptor`, or any such one while `drain` is awaited; and a loop or a system without `add_reader` or epoll.

    An exception that a callback of the client raises while the driver moves it, such as one in player_details, goes to
    whoever awaits `drain`, else to the loop's exception handler; the driver goes on.

    Leaving the block delivers what is left, for `timeout` seconds at most, and closes the client. What a backend did
    not take by then counts as dropped, or waits in the store if there is one.
    """

    def __init__(self, client: Client, *, timeout: float = 5.0) -> None:
        if not isinstance(client, Client):
            raise wrong_type("client", "a mediabeat.Client", client)
        check_seconds(timeout, "timeout")
        self.client = client
        self.timeout = timeout
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._thread = 0
        self._timer: Optional[asyncio.TimerHandle] = None
        self._timer_at: Optional[float] = None
        self._watched: Optional[int] = None
        self._arranging: Optional[asyncio.Handle] = None
        self._drains: Set["asyncio.Future[None]"] = set()
        self._polls = _needs_polling(client)
        self._answers_unseen = client._transport is not None  # nobody says when a transport's last answer came

    # ---- Life

    def start(self) -> None:
        """Begins to drive in the running loop. `async with` does it. Fine when it has begun. Raises BusyError while
        another driver moves the client."""
        other = self.client._driver
        if self._loop is None and isinstance(other, Driver) and other._loop and not other._loop.is_closed():
            raise BusyError("client: another driver moves it already")
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self.client._driver = self
            self._thread = threading.get_ident()
            self.client._set_wake(self._wake)
            self._arrange()

    def stop(self) -> None:
        """Drives no more; the client stays open and can be driven by something else. Fine when it has stopped."""
        if self._loop is None:
            return
        if self.client._driver is self:  # another one may have followed, when this one's loop had closed
            if not self.client.closed:
                self.client._set_wake(None)
            self.client._driver = None
        self._watch(None)
        self._set_timer(None)
        self._loop = None
        self._settle_drains()

    async def drain(self, timeout: Optional[float] = None) -> bool:
        """Waits until every event that can be delivered is, for `timeout` seconds at most (None: as long as it takes).

        Events that wait for consent or for the device to be online are not waited for. Returns whether everything was
        delivered. Raises what a callback has raised meanwhile.
        """
        if timeout is not None:
            check_seconds(timeout, "timeout")
        if self._loop is None or self._is_drained():
            return self._is_drained()
        done = self._loop.create_future()
        self._drains.add(done)
        self._arrange()
        try:
            await asyncio.wait_for(done, timeout)
        except asyncio.TimeoutError:
            pass
        finally:
            self._drains.discard(done)
        return self._is_drained()

    async def close(self) -> bool:
        """Delivers what is left, for the driver's `timeout` at most, and closes the client. Returns whether all of it
        was delivered."""
        try:
            return await self.drain(self.timeout)
        finally:
            self.stop()
            self.client.close(timeout=0)

    async def __aenter__(self) -> Driver:
        self.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    # ---- Moving the client

    def _is_drained(self) -> bool:
        stats = self.client.stats
        return stats.queued <= stats.held and not stats.dropped[Drop.CLOSED]

    def _settle_drains(self) -> None:
        for drain in self._drains:
            if not drain.done():
                drain.set_result(None)

    def _tick(self) -> None:
        try:
            self.client.tick()
        except ClosedError:
            self.stop()
            return
        except BusyError:
            pass
        except Exception as error:
            self._report(error)
        self._arrange()

    def _report(self, error: Exception) -> None:
        for drain in [drain for drain in self._drains if not drain.done()]:
            drain.set_exception(error)
            return
        assert self._loop
        self._loop.call_exception_handler(
            {"message": "mediabeat: a callback raised an exception", "exception": error, "client": self.client}
        )

    # ---- What the loop waits for

    def _wake(self) -> None:
        """The client has another deadline or descriptor: many calls may say so before the loop gets round to it."""
        if self._arranging is not None or self._loop is None:
            return
        here = threading.get_ident() == self._thread
        self._arranging = (self._loop.call_soon if here else self._loop.call_soon_threadsafe)(self._arrange)

    def _arrange(self) -> None:
        if self._arranging:
            self._arranging.cancel()
            self._arranging = None
        if self._loop is None:
            return
        if self.client.closed:
            self.stop()
            return
        try:
            self._watch(self.client.descriptor)
            self._set_timer(self._next_time())
        except BusyError:  # another thread waits in the client: it moves things along meanwhile
            self._set_timer(self._loop.time() + BUSY_S)
        if self._drains and self._is_drained():
            self._settle_drains()

    def _watch(self, descriptor: Optional[int]) -> None:
        assert self._loop
        if descriptor == self._watched:
            return
        if self._watched is not None:
            self._loop.remove_reader(self._watched)
        self._watched = None
        if descriptor is None or self._polls:
            return
        try:
            self._loop.add_reader(descriptor, self._tick)
            self._watched = descriptor
        except NotImplementedError:  # Windows' proactor
            self._polls = True

    def _next_time(self) -> Optional[float]:
        """When the client wants to be asked, on the loop's clock."""
        assert self._loop
        now = self._loop.time()
        deadline = self.client.next_deadline
        at = None if deadline is None else now + max(deadline - self.client._now(), 0.0)
        if (self._polls or (self._answers_unseen and self._drains)) and not self._is_drained():
            at = now + POLL_S if at is None else min(at, now + POLL_S)
        return at

    def _set_timer(self, at: Optional[float]) -> None:
        assert self._loop
        if self._timer and at is not None and self._timer_at is not None and abs(at - self._timer_at) < 0.0005:
            return
        if self._timer:
            self._timer.cancel()
        self._timer_at = at
        self._timer = None if at is None else self._loop.call_at(at, self._fire)

    def _fire(self) -> None:
        self._timer = None
        self._tick()


def _needs_polling(client: Client) -> bool:
    transport = client._transport
    if transport is None:
        return not hasattr(select, "epoll")
    return hasattr(transport, "poll") and not hasattr(transport, "descriptor")
