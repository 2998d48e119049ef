"""One session, event by event: what the Web SDK calls createMediaSession and sendMediaEvent."""

from __future__ import annotations

import json
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional, Type, Union

from . import _native
from .errors import EventError
from .model import QoE
from .tracker import PlayerDetailsFunction, info_of

if TYPE_CHECKING:
    from .client import Client

__all__ = ["Event", "Session"]

Event = Mapping[str, Any]
"""An event, in XDM or in the form of the Media Collection API."""


def _check_keys(value: Any, path: str) -> None:
    """json.dumps would turn numbers and None into texts."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{path}: the key {key!r} is no text")
            _check_keys(inner, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            _check_keys(inner, f"{path}[{index}]")


def _refuse(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"event: {type(value).__name__} has no form in JSON")


def json_of(value: Any, name: str) -> str:
    """Compact JSON with the keys in their order. TypeError and EventError name what cannot be written."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{name}: a mapping is needed, not {type(value).__name__}")
    try:
        _check_keys(value, name)
        return json.dumps(dict(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_refuse)
    except RecursionError:
        raise EventError(f"{name}: nested too deeply") from None
    except ValueError as error:
        raise EventError(f"{name}: {error}") from None


class Session(_native.Session):
    """One session on the wire. One call sends one event; pings come by themselves. Shapes are checked, sequences are not.

    Made by Client.create_media_session and Client.resume_media_session. Calls raise EventError with the path of what
    does not fit, TypeError, ArgumentError, ClosedError (also after sessionEnd), BusyError, OutOfMemory, and what a
    callback raised; in that last case the event went out with the last known details.

    Leaving a with block frees the handle, as close() does: pings stop, what is queued still goes out, and nothing is sent
    for a session that is open.
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
            raise TypeError(f"pings: True or False is needed, not {type(pings).__name__}")
        super().__init__(
            client,
            json_of(event, "event") if resume is None else None,
            resume,
            player,
            granular_ad_tracking,
            not pings,
            manual,
            player_details,
            session_id,
        )

    def send(self, event: Event) -> None:
        """Sends one event, in XDM or in the form of the Media Collection API; eventType must be given."""
        self._send(json_of(event, "event"))

    def update_qoe(self, qoe: Union[QoE, Mapping[str, float], None] = None, **members: float) -> None:
        """Sets the quality of experience: a QoE, a mapping, or keyword arguments. The next event carries what differs."""
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

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<mediabeat.Session{' closed' if self.closed else ''}>"
