"""The client: configuration, clock, delivery, accounting of everything under it."""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import Any, Callable, Mapping, Optional, Protocol, Tuple, Union

from . import _native
from .arguments import check_seconds, wrong_type
from .clock import VirtualClock
from .errors import ArgumentError
from .log import Log, level_of, native_log
from .model import Consent, Drop, Stats
from .session import Event, Session, json_of
from .tracker import PlayerDetailsFunction, Tracker
from .transport import Transport

__all__ = ["Client", "config_keys"]

ConfigValue = Union[str, float, bool, Mapping[str, Any], None]
"""The value of a configuration key."""

_LONGEST_WAIT = 3600.0  # s; a wait that ends early costs a tick
_BETWEEN_POLLS = 0.05  # s, for a transport that can neither wait nor say when


class Writable(Protocol):
    """A text file, or anything with write()."""

    def write(self, text: str, /) -> Any:
        """Takes a text."""


def config_keys() -> Mapping[str, str]:
    """Every configuration key with its meaning and unit, in the order of the documentation."""
    return MappingProxyType({name: _native.config_key_help(index) or "" for index, name, _, _ in _KEYS})


def _read_keys() -> Tuple[Tuple[int, str, str, str], ...]:
    """index, name, type and default of every key."""
    keys = []
    index = 0
    name = _native.config_key_name(index)
    while name is not None:
        kind, default = _native.config_key_type(index), _native.config_key_default(index)
        keys.append((index, name, kind or "", default or ""))
        index += 1
        name = _native.config_key_name(index)
    return tuple(keys)


_KEYS = _read_keys()


class Client(_native.Client):
    """A client: configuration, clock, timers, delivery and accounting of any number of trackers and sessions.

    It belongs to the thread that made it; calls from another raise ThreadError. With check_same_thread=False it may be
    handed over; a call while another thread is inside wait() or close() raises BusyError then. Calls from inside a
    callback raise BusyError. In a child process that fork() made, calls raise ForkedError.

    Time comes from `clock` at every call. Nothing happens by itself: call tick() when next_deadline is reached, let
    wait() or run_forever() do it, or use mediabeat.aio.Driver.

    Leaving a with block closes the client, with 5 seconds to deliver what is queued.
    """

    def __init__(
        self,
        config: Optional[Mapping[str, Any]] = None,
        *,
        clock: Union[Callable[[], float], VirtualClock, None] = None,
        transport: Union[Transport, None, bool] = None,
        log: Log = True,
        check_same_thread: bool = True,
        **keys: ConfigValue,
    ) -> None:
        """config and keys: configuration keys as the protocol spells them; see config_keys().

        clock: returns seconds since 1970; time.time when None. transport: None is libcurl, False sends nothing (events
        wait), anything else is a Transport. log: a logger, a callable (level, message), or True: logger "mediabeat".
        The key logLevel follows the level of a logger unless it is given.

        Raises ConfigError when a key has a value of another type or one that sending needs is missing, ArgumentError
        for a value that is not taken, TransportError, OutOfMemory, TypeError for an unknown keyword or what has no form
        in JSON. Messages name the key. An unknown key of config is a warning in the log.
        """
        merged = _merge(config, keys)
        level = level_of(log)
        if level is not None:
            merged.setdefault("logLevel", level)
        native = _native.Config(native_log(log))
        native.set_json(json_of(merged, "config", before="", raised=ArgumentError))
        if transport is None:
            native.check_live()
        kept = _native_transport(transport)
        super().__init__(native, None if clock is time.time else clock, kept, check_same_thread)
        self._config = MappingProxyType(_read_back(native, merged))
        self._transport = transport
        self._can_wait = kept is False or callable(getattr(kept, "wait", None))
        self._consent = Consent.IN
        self._online = True
        self._stopped = False
        self._driver: object = None  # the mediabeat.aio.Driver that moves it, if any

    def tracker(self, player: Optional[str] = None, player_details: Optional[PlayerDetailsFunction] = None) -> Tracker:
        """A player. player: its name in recordings and dry runs, numbered when None."""
        return Tracker(self, player, player_details)

    def create_media_session(
        self,
        event: Event,
        *,
        player: Optional[str] = None,
        player_details: Optional[PlayerDetailsFunction] = None,
        session_id: Optional[Callable[[str], Any]] = None,
        granular_ad_tracking: bool = False,
        pings: bool = True,
        manual: bool = False,
    ) -> Session:
        """Opens a session with its sessionStart event, in XDM or in the form of the Media Collection API.

        player: its name in recordings and dry runs. player_details: asked before every event. session_id: called with
        the id as soon as the backend gives it, and again when the session goes on in a new one. granular_ad_tracking:
        pings every second inside ads (Media Collection API). pings=False: the caller sends pings. manual: no pings, and
        every event must bring its playhead.

        Raises EventError with the path of what does not fit. What player_details, session_id, the log or a transport
        raised comes when the session is open: the exception has it as its attribute `session`.
        """
        return Session(
            self,
            event,
            player=player,
            player_details=player_details,
            session_id=session_id,
            granular_ad_tracking=granular_ad_tracking,
            pings=pings,
            manual=manual,
        )

    def resume_media_session(
        self,
        id: str,
        *,
        player: Optional[str] = None,
        player_details: Optional[PlayerDetailsFunction] = None,
        session_id: Optional[Callable[[str], Any]] = None,
    ) -> Session:
        """Goes on with a session that another process or an earlier run opened, as a manual one, by its id."""
        if id is None:  # to Session that would be one to open
            raise TypeError("id: a text is needed, not None")
        return Session(self, resume=id, player=player, player_details=player_details, session_id=session_id)

    @property
    def config(self) -> Mapping[str, Any]:
        """The configuration, read-only: what was given, and the defaults."""
        return self._config

    @property
    def next_deadline(self) -> Optional[float]:
        """When tick() is next needed if nothing else happens: seconds on the client's clock, None if never."""
        return self._next_deadline()

    @property
    def descriptor(self) -> Optional[int]:
        """A file descriptor that can be read when tick() has I/O to move; None while no request is under way."""
        descriptor = self._descriptor()
        return None if descriptor < 0 else descriptor

    def wait(self, seconds: float) -> None:
        """Lets so many seconds pass, on the system's clock: ticks when something is due, blocks in between.

        Other threads run meanwhile. Raises what a callback raised, ThreadError, BusyError, ClosedError.
        """
        check_seconds(seconds, "seconds")
        self._stopped = False
        self._run_until(time.monotonic() + seconds)

    def run_forever(self) -> None:
        """Ticks and waits until stop() is called or an exception comes, such as KeyboardInterrupt."""
        self._stopped = False
        while not self._stopped:
            self._run_until(time.monotonic() + _LONGEST_WAIT)

    def stop(self) -> None:
        """Makes run_forever() or wait() return when the callback or signal handler that called this is over."""
        self._stopped = True

    def _run_until(self, end: float) -> None:
        self.tick()
        while not self._stopped:
            left = end - time.monotonic()
            if left <= 0:
                break
            self._wait_once(left)
            self.tick()

    def _wait_once(self, most: float) -> None:
        timeout = min(most, self._until_deadline())
        if timeout <= 0:
            return
        if self._can_wait:
            began = time.monotonic()
            if self.wait_for_io(timeout) > 0 or time.monotonic() - began > 0.001 or self.descriptor is not None:
                return
        time.sleep(timeout if self._can_wait else min(timeout, _BETWEEN_POLLS))

    def _until_deadline(self) -> float:
        deadline = self._next_deadline()
        return _LONGEST_WAIT if deadline is None else min(_LONGEST_WAIT, deadline - self._now())

    @property
    def consent(self) -> Consent:
        """Whether events may be sent. Setting it to OUT drops what is queued and ends the running sessions silently."""
        return self._consent

    @consent.setter
    def consent(self, consent: Consent) -> None:
        if isinstance(consent, bool):  # False would be Consent.IN
            raise TypeError("consent: a Consent is needed, not bool")
        try:
            member = Consent(consent)
        except ValueError:
            raise ArgumentError(f"consent: {consent!r:.100} is no Consent") from None
        self._set_consent(member)
        self._consent = member

    @property
    def online(self) -> bool:
        """Whether the device is online. Only downloaded sessions wait for it."""
        return self._online

    @online.setter
    def online(self, online: bool) -> None:
        self._set_online(online)
        self._online = online

    @property
    def stats(self) -> Stats:
        """The accounting now, or, of a closed client, at its end."""
        (accepted, delivered, queued, queued_bytes, held, dropped, *rest) = self._stats()
        drops = MappingProxyType(dict(zip(Drop, dropped)))
        return Stats(accepted, delivered, queued, queued_bytes, held, drops, *rest)

    def record(self, to: Union[Writable, Callable[[str], Any], None]) -> None:
        """Writes every call as a player log: to a text file or a callable, line by line. None: no more.

        Before the first tracker or session, else BusyError. What the writer raises is raised from the call that was
        to be written.
        """
        write: Any = getattr(to, "write", to)
        self._record(write)

    def close(self, timeout: float = 5.0) -> None:
        """Delivers what it can for so many seconds at most, then frees everything, trackers and sessions too.

        An exception of a signal's handler, such as KeyboardInterrupt, ends the waiting: it is raised at once, and the
        client is closed.

        What is left counts as dropped (Drop.CLOSED), unless a store keeps it. Other threads run meanwhile. Closing
        again does nothing; in a forked child it does nothing either.
        """
        if not self._closed():
            self._close(timeout)

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._closed()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<mediabeat.Client{' closed' if self.closed else ''}>"


def _merge(config: Optional[Mapping[str, Any]], keys: Mapping[str, Any]) -> "dict[str, Any]":
    known = {name for _, name, _, _ in _KEYS}
    for key in keys:
        if key not in known:
            raise TypeError(f"Client: {key} is neither an argument nor a configuration key")
    if config is not None and not isinstance(config, Mapping):
        raise wrong_type("config", "a mapping", config)
    return {**(config or {}), **keys}


def _native_transport(transport: Union[Transport, None, bool]) -> Any:
    """As C wants it: False is libcurl, None is none."""
    if transport is None:
        return False
    if transport is False:
        return None
    if transport is True:
        raise TypeError("transport: a Transport, None or False is needed, not True")
    return transport


def _read_back(native: _native.Config, given: Mapping[str, Any]) -> "dict[str, Any]":
    read: Mapping[str, Callable[[str], Any]] = {
        "text": native.text,
        "number": native.number,
        "flag": native.flag,
        "object": lambda key: given[key],
    }
    return {name: read[kind](name) for _, name, kind, default in _KEYS if default or given.get(name) is not None}
