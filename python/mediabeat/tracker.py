"""A player: the Media SDK level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional, Type, TypeVar, Union

from . import _native
from .model import Ad, AdBreak, Chapter, Media, PlayerDetails, QoE, Result

if TYPE_CHECKING:
    from .client import Client

__all__ = ["Answer", "Metadata", "PlayerDetailsFunction", "Tracker"]

Metadata = Optional[Mapping[str, str]]
"""Metadata of a session, ad or chapter: texts by name."""

Answer = Union[float, "tuple[float, Union[QoE, Mapping[str, float], None]]", PlayerDetails, Mapping[str, Any], None]
"""What a player answers: its playhead in seconds, (playhead, qoe), PlayerDetails or a dict with these names. None: what
was known before."""

PlayerDetailsFunction = Callable[[], Answer]
"""getPlayerDetails: asked before the events of a call or timer are written."""

Info = TypeVar("Info", Media, AdBreak, Ad, Chapter, QoE)


def info_of(kind: Type[Info], given: Union[Info, Mapping[str, Any], None], members: Mapping[str, Any]) -> Info:
    """One of the dataclasses, from itself, from a mapping, or from keyword arguments."""
    if isinstance(given, kind):
        if members:
            raise TypeError(f"{kind.__name__} and keyword arguments: give one of them")
        return given
    if given is None:
        merged = members
    elif isinstance(given, Mapping):
        merged = {**given, **members}
    else:
        raise TypeError(f"{kind.__name__}, a mapping or keyword arguments are needed, not {type(given).__name__}")
    for name in merged:
        if not isinstance(name, str):
            raise TypeError(f"{kind.__name__}: the key {name!r} is no text")
    try:
        return kind(**merged)
    except TypeError as error:
        raise TypeError(
            str(error).replace("__init__() ", "").replace(f"{kind.__name__}.", f"{kind.__name__}: ")
        ) from None


class Tracker(_native.Tracker):
    """A player. Calls are accepted or refused by rules, what is open is closed, pings are sent, idle sessions end.

    Every call answers a Result: OK, or REFUSED_... when a rule has no use for the call just now; nothing has changed
    then. Raised are: TypeError and ArgumentError for values that are not taken, ClosedError, BusyError, OutOfMemory,
    and what player_details or the log raised; in that last case the call was carried out with the last known details.

    Leaving a with block frees the handle, as close() does and as dropping the last reference does. An open session
    stays as it is and what is queued still goes out, so keep the object, and call session_end() or complete() before.
    """

    def __init__(
        self, client: Client, player: Optional[str] = None, player_details: Optional[PlayerDetailsFunction] = None
    ) -> None:
        """player: its name in recordings and dry runs, numbered when None. player_details: see set_player_details."""
        super().__init__(client, player, player_details)

    def session_start(
        self, media: Union[Media, Mapping[str, Any], None] = None, metadata: Metadata = None, **members: Any
    ) -> Result:
        """A session begins: a Media, a mapping with its members, or its members as keyword arguments.

        Metadata: keys of letters, digits, '_' and '.'; other pairs are dropped with a warning. Standard keys such as
        "a.media.show" become standard fields.
        """
        info = info_of(Media, media, members)
        return self._session_start(
            info.id,
            info.name,
            info.length,
            info.stream_type,
            info.media_type,
            info.resumed,
            info.granular_ad_tracking,
            info.preroll_waiting_time,
            metadata,
        )

    def ad_break_start(self, ad_break: Union[AdBreak, Mapping[str, Any], None] = None, **members: Any) -> Result:
        """An ad break begins: an AdBreak, a mapping, or keyword arguments."""
        info = info_of(AdBreak, ad_break, members)
        return self._ad_break_start(info.name, info.position, info.start_time)

    def ad_start(
        self, ad: Union[Ad, Mapping[str, Any], None] = None, metadata: Metadata = None, **members: Any
    ) -> Result:
        """An ad begins: an Ad, a mapping, or keyword arguments."""
        info = info_of(Ad, ad, members)
        return self._ad_start(info.id, info.name, info.position, info.length, metadata)

    def chapter_start(
        self, chapter: Union[Chapter, Mapping[str, Any], None] = None, metadata: Metadata = None, **members: Any
    ) -> Result:
        """A chapter begins: a Chapter, a mapping, or keyword arguments."""
        info = info_of(Chapter, chapter, members)
        return self._chapter_start(info.name, info.position, info.length, info.start_time, metadata)

    def update_qoe(self, qoe: Union[QoE, Mapping[str, float], None] = None, **members: float) -> Result:
        """Sets the quality of experience: a QoE, a mapping or keyword arguments. The next event has what differs."""
        info = info_of(QoE, qoe, members)
        return self._update_qoe(info.bitrate, info.startup_time, info.fps, info.dropped_frames)

    def set_player_details(self, player_details: Optional[PlayerDetailsFunction]) -> None:
        """Asks the player before events are written, instead of or beside updates that are pushed. None: asks no more.

        The callable must not call the client: such calls raise BusyError. What it raises is raised from the call that
        asked; the event went out with the last known details.
        """
        self._set_player_details(player_details)

    @property
    def closed(self) -> bool:
        """Whether the handle is freed, by itself or with its client."""
        return self._closed()

    def __enter__(self) -> Tracker:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<mediabeat.Tracker{' closed' if self.closed else ''}>"
