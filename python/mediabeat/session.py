"""One session, event by event: what the Web SDK calls createMediaSession and sendMediaEvent."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional, Type, Union

from . import _native
from .arguments import wrong_type
from .errors import Error, EventError
from .model import QoE
from .tracker import PlayerDetailsFunction, info_of

if TYPE_CHECKING:
    from .client import Client

__all__ = ["Event", "Session"]

Event = Mapping[str, Any]
"""An event, in XDM or in the form of the Media Collection API."""


_LARGEST = 2**63


def _check(value: Any, path: str, raised: Type[Error]) -> None:
    """Names what json.dumps would turn into something else, or would not name."""
    if isinstance(value, str):
        _check_text(value, path, raised)
    elif isinstance(value, Mapping):
        _check_members(value, path, f"{path}.", raised)
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            _check(inner, f"{path}[{index}]", raised)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise raised(f"{path}: the number is not finite")
    elif isinstance(value, int):
        if not -_LARGEST <= value < _LARGEST:
            raise raised(f"{path}: the integer is too large")
    elif value is not None:
        raise TypeError(f"{path}: {type(value).__name__} has no form in JSON")


def _check_members(value: Mapping[Any, Any], path: str, before: str, raised: Type[Error]) -> None:
    for key, inner in value.items():
        if not isinstance(key, str):
            raise TypeError(f"{path}: the key {key!r} is no text")
        _check_text(key, path, raised)
        _check(inner, before + key, raised)


def _check_text(text: str, path: str, raised: Type[Error]) -> None:
    if "\0" in text:
        raise raised(f"{path}: the text holds a NUL")
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise raised(f"{path}: the text holds a surrogate, which UTF-8 cannot carry") from None


def json_of(value: Any, name: str, before: Optional[str] = None, raised: Type[Error] = EventError) -> str:
    """Compact JSON with the keys in their order. TypeError and `raised` name what cannot be written.

    before: what precedes the name of a member; the value's own name and a dot when None.
    """
    if not isinstance(value, Mapping):
        raise wrong_type(name, "a mapping", value)
    try:
        _check_members(value, name, f"{name}." if before is None else before, raised)
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=dict)
    except RecursionError:
        raise raised(f"{name}: nested too deeply") from None


class Session(_native.Session):
    """One session on the wire. One call sends one event; pings come by themselves. Shapes are checked, sequences not.

    Made by Client.create_media_session and Client.resume_media_session. Calls raise EventError with the path of what
    does not fit, TypeError, ArgumentError, ClosedError (also after sessionEnd), BusyError, OutOfMemory, and what a
    callback raised; in that last case the event went out with the last known details.

    Leaving a with block frees the handle, as close() does and as dropping the last reference does: pings stop, what is
    queued still goes out, and nothing is sent for a session that is open. So keep the object.
    """

    def __init__(
        self,
        client: Client,
        event: Optional[Event] = None,
        *,
        resume: Optional[str] = None,
        player: Optional[str] = None,
        player_details: Optional[PlayerDetailsFunction] = None,
        session_id: Optional[Callable[[str], Any]] = None,
        granular_ad_tracking: bool = False,
        pings: bool = True,
        manual: bool = False,
    ) -> None:
        """See Client.create_media_session (event) and Client.resume_media_session (resume)."""
        if not isinstance(pings, bool):
            raise wrong_type("pings", "True or False", pings)
        given = json_of(event, "event") if resume is None else None
        try:
            super().__init__(
                client, given, resume, player, granular_ad_tracking, not pings, manual, player_details, session_id
            )
        except BaseException as error:
            if not self.closed:  # a callback has failed: the session is open
                error.session = self  # type: ignore[attr-defined]
            raise

    def send(self, event: Event) -> None:
        """Sends one event, in XDM or in the form of the Media Collection API; eventType must be given."""
        self._send(json_of(event, "event"))

    def update_qoe(self, qoe: Union[QoE, Mapping[str, float], None] = None, **members: float) -> None:
        """Sets the quality of experience: a QoE, a mapping or keyword arguments. The next event has what differs."""
        info = info_of(QoE, qoe, members)
        self._update_qoe(info.bitrate, info.startup_time, info.fps, info.dropped_frames)

    def set_player_details(self, player_details: Optional[PlayerDetailsFunction]) -> None:
        """Asks the player before every event, pings too. None: asks no more."""
        self._set_player_details(player_details)

    @property
    def id(self) -> Optional[str]:
        """The id that the backend gave; None while it is unknown. Raises ClosedError, BusyError."""
        return self._id()

    @property
    def closed(self) -> bool:
        """Whether the handle is freed, by itself or with its client."""
        return self._closed()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<mediabeat.Session{' closed' if self.closed else ''}>"
