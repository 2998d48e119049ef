"""Which call of the library each line of a player log is. What `mediabeat replay` does with a line, this does."""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from .errors import ArgumentError, ClosedError, Error, OutOfMemory
from .model import Ad, AdBreak, Chapter, Consent, Media, QoE, Result
from .player_log import Line, member, session_id

if TYPE_CHECKING:
    from .client import Client
    from .dry_run import DryRun
    from .session import Session
    from .tracker import Tracker

__all__ = ["Playback", "RefusedCall"]


class RefusedCall(NamedTuple):
    """A call of the log that changed nothing."""

    line: int
    """Where it stands, from 1."""
    ts: int
    """When it was made, ms, as the log says it."""
    player: str
    call: str
    result: Optional[Result]
    """The rule that refused it; None when its arguments did not fit."""
    reason: str
    """The same in words."""


# ---- Members. What is missing is handed over as nothing given; to refuse it is the library's business.


def _info(line: Line) -> Dict[str, Any]:
    return line.members.get("info") or {}


def _text(value: Optional[str]) -> str:
    return "" if value is None else value


def _seconds(value: Optional[float]) -> float:
    return -1.0 if value is None else float(value)


def _whole(value: Optional[float], missing: int = 0) -> int:
    """A count of the protocol; 0, which no rule takes, when there is none."""
    return int(value) if value is not None and abs(value) <= 2**53 and value == math.floor(value) else missing


def _number(value: Optional[float]) -> float:
    return math.nan if value is None else float(value)


def _metadata(line: Line) -> Dict[str, str]:
    return {key: value for key, value in (line.members.get("metadata") or {}).items() if value is not None}


def _qoe(line: Line) -> QoE:
    info = _info(line)
    return QoE(
        bitrate=_number(info.get("bitrate")),
        startup_time=_number(info.get("startupTime")),
        fps=_number(info.get("fps")),
        dropped_frames=_number(info.get("droppedFrames")),
    )


# ---- Calls of a tracker


def _start_session(tracker: Tracker, line: Line) -> Result:
    info = _info(line)
    media = Media(
        id=_text(info.get("id")),
        name=_text(info.get("name")),
        length=_seconds(info.get("length")),
        stream_type=_text(info.get("streamType")),
        media_type=_text(info.get("mediaType")),
        resumed=bool(info.get("resumed")),
        granular_ad_tracking=bool(info.get("granularAdTracking")),
        preroll_waiting_time=_whole(info.get("prerollWaitingTime"), 250) / 1000,
    )
    return tracker.session_start(media, _metadata(line))


def _start_ad_break(tracker: Tracker, line: Line) -> Result:
    info = _info(line)
    return tracker.ad_break_start(
        AdBreak(
            name=_text(info.get("name")),
            position=_whole(info.get("position")),
            start_time=_seconds(info.get("startTime")),
        )
    )


def _start_ad(tracker: Tracker, line: Line) -> Result:
    info = _info(line)
    ad = Ad(
        id=_text(info.get("id")),
        name=_text(info.get("name")),
        position=_whole(info.get("position")),
        length=_seconds(info.get("length")),
    )
    return tracker.ad_start(ad, _metadata(line))


def _start_chapter(tracker: Tracker, line: Line) -> Result:
    info = _info(line)
    chapter = Chapter(
        name=_text(info.get("name")),
        position=_whole(info.get("position")),
        length=_seconds(info.get("length")),
        start_time=_seconds(info.get("startTime")),
    )
    return tracker.chapter_start(chapter, _metadata(line))


_TRACKER_CALLS: Dict[str, Callable[[Tracker, Line], Result]] = {
    "sessionStart": _start_session,
    "play": lambda tracker, line: tracker.play(),
    "pause": lambda tracker, line: tracker.pause(),
    "complete": lambda tracker, line: tracker.complete(),
    "sessionEnd": lambda tracker, line: tracker.session_end(),
    "playhead": lambda tracker, line: tracker.update_playhead(_number(line.members.get("value"))),
    "qoe": lambda tracker, line: tracker.update_qoe(_qoe(line)),
    "error": lambda tracker, line: tracker.error(_text(line.members.get("id"))),
    "adBreakStart": _start_ad_break,
    "adBreakComplete": lambda tracker, line: tracker.ad_break_complete(),
    "adStart": _start_ad,
    "adComplete": lambda tracker, line: tracker.ad_complete(),
    "adSkip": lambda tracker, line: tracker.ad_skip(),
    "chapterStart": _start_chapter,
    "chapterComplete": lambda tracker, line: tracker.chapter_complete(),
    "chapterSkip": lambda tracker, line: tracker.chapter_skip(),
    "bufferStart": lambda tracker, line: tracker.buffer_start(),
    "bufferComplete": lambda tracker, line: tracker.buffer_complete(),
    "seekStart": lambda tracker, line: tracker.seek_start(),
    "seekComplete": lambda tracker, line: tracker.seek_complete(),
    "bitrateChange": lambda tracker, line: tracker.bitrate_change(),
    "stateStart": lambda tracker, line: tracker.state_start(_text(_info(line).get("name"))),
    "stateEnd": lambda tracker, line: tracker.state_end(_text(_info(line).get("name"))),
}


# ---- The same calls as events of the Media Collection API, for a log at session level
# https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-ref/mc-api-event-types


class _Event(NamedTuple):
    event_type: str
    params: Optional[Tuple[Tuple[str, str], ...]] = None  # members of info and their keys on the wire; None: no params
    metadata: bool = False


# Seeking has no event of its own: the documented timelines send pauseStart and play around it.
_EVENTS: Dict[str, _Event] = {
    "sessionStart": _Event(
        "sessionStart",
        (
            ("id", "media.id"),
            ("name", "media.name"),
            ("length", "media.length"),
            ("streamType", "media.contentType"),
            ("mediaType", "media.streamType"),
            ("resumed", "media.resume"),
        ),
        True,
    ),
    "play": _Event("play"),
    "pause": _Event("pauseStart"),
    "complete": _Event("sessionComplete"),
    "sessionEnd": _Event("sessionEnd"),
    "error": _Event("error"),
    "adBreakStart": _Event(
        "adBreakStart",
        (("name", "media.ad.podFriendlyName"), ("position", "media.ad.podIndex"), ("startTime", "media.ad.podSecond")),
    ),
    "adBreakComplete": _Event("adBreakComplete"),
    "adStart": _Event(
        "adStart",
        (
            ("id", "media.ad.id"),
            ("name", "media.ad.name"),
            ("position", "media.ad.podPosition"),
            ("length", "media.ad.length"),
        ),
        True,
    ),
    "adComplete": _Event("adComplete"),
    "adSkip": _Event("adSkip"),
    "chapterStart": _Event(
        "chapterStart",
        (
            ("name", "media.chapter.friendlyName"),
            ("position", "media.chapter.index"),
            ("length", "media.chapter.length"),
            ("startTime", "media.chapter.offset"),
        ),
        True,
    ),
    "chapterComplete": _Event("chapterComplete"),
    "chapterSkip": _Event("chapterSkip"),
    "bufferStart": _Event("bufferStart"),
    "bufferComplete": _Event("play"),
    "seekStart": _Event("pauseStart"),
    "seekComplete": _Event("play"),
    "bitrateChange": _Event("bitrateChange"),
    "stateStart": _Event("stateStart", (("name", "media.state.name"),)),
    "stateEnd": _Event("stateEnd", (("name", "media.state.name"),)),
}


def _as_written(value: Any) -> Any:
    """Whole numbers are written without a fraction."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _event_of(line: Line) -> Optional[Dict[str, Any]]:
    """None: the call is no event."""
    row = _EVENTS.get(line.call)
    if row is None:
        return None
    event: Dict[str, Any] = {"eventType": row.event_type}
    if row.params is not None:
        info = _info(line)
        event["params"] = {key: _as_written(info[name]) for name, key in row.params if info.get(name) is not None}
    if row.metadata and (metadata := _metadata(line)):
        event["customMetadata"] = metadata
    if line.call == "error" and line.members.get("id") is not None:
        event["qoeData"] = {"media.qoe.errorID": line.members["id"], "media.qoe.errorSource": "player"}
    return event


# ---- A playhead that follows the clock


class _Follow:
    """Where the playhead is when the log leaves that to the clock: it advances while content plays."""

    __slots__ = ("playing", "touched", "buffering", "seeking", "in_break", "in_ad", "position", "since")

    def __init__(self, since: int = 0) -> None:
        self.playing = False  # play was said, and pause not since
        self.touched = False  # play or pause was said in this session
        self.buffering = self.seeking = self.in_break = self.in_ad = False
        self.position = 0.0  # s, at `since`
        self.since = since  # ms

    @property
    def runs(self) -> bool:
        return self.playing and not (self.buffering or self.seeking or self.in_break or self.in_ad)

    def at(self, now: int) -> float:
        return self.position + (now - self.since) / 1000 if self.runs else self.position

    def _set_playing(self, playing: bool) -> None:
        self.playing, self.touched = playing, True
        if playing:
            self.buffering = self.seeking = False

    def _start_ad(self, rules: bool) -> None:
        """An ad that starts before the first play means that the player plays, unless it still waits for data."""
        self.in_ad = True
        if rules and not (self.touched or self.buffering or self.seeking):
            self._set_playing(True)

    def _recover(self, rules: bool) -> None:
        """By the tracker's rules a stall or a seek before the first play leaves it paused."""
        if rules and not self.touched:
            self._set_playing(False)

    def _apply(self, line: Line, rules: bool) -> None:
        call = line.call
        if call in ("play", "pause"):
            self._set_playing(call == "play")
        elif call in ("bufferStart", "bufferComplete"):
            self.buffering = call == "bufferStart"
        elif call in ("seekStart", "seekComplete"):
            self.seeking = call == "seekStart"
        elif call in ("adBreakStart", "adBreakComplete"):
            self.in_break, self.in_ad = call == "adBreakStart", False
        elif call == "adStart":
            self._start_ad(rules)
        elif call in ("adComplete", "adSkip"):
            self.in_ad = False
        elif call == "playhead":
            self.position = float(line.members["value"])
        elif call in ("complete", "sessionEnd"):
            self.playing = False
        if call in ("bufferComplete", "seekComplete"):
            self._recover(rules)

    def note(self, line: Line, now: int, rules: bool) -> None:
        """Takes note of a line that was not refused. `rules`: a tracker's apply, by which an ad starts playback."""
        self.position, self.since = self.at(now), now
        self._apply(line, rules)


# ---- Who a line is about


class _Opened:
    """A session of the log."""

    __slots__ = ("session", "who")

    def __init__(self, who: Optional[_Player]) -> None:
        self.session: Optional[Session] = None  # None: it was never opened, or its player has another one now
        self.who = who  # None: it is nobody's, and found by its id alone


class _Player:
    """What belongs to one player: its tracker or session, what it answers, where its playhead is."""

    __slots__ = ("name", "tracker", "opened", "details", "follow")

    def __init__(self, name: str) -> None:
        self.name = name
        self.tracker: Optional[Tracker] = None  # until a call needs it
        self.opened: Optional[_Opened] = None  # its session, the one opened last
        self.details: Optional[Dict[str, Any]] = None
        self.follow = _Follow()

    def answer(self) -> Optional[Dict[str, Any]]:
        return self.details


class _Refused(Exception):
    """A call at session level that never reaches the library."""

    def __init__(self, reason: str, result: Optional[Result] = None) -> None:
        super().__init__(reason)
        self.result = result


def _no_session() -> _Refused:
    return _Refused(Result.REFUSED_NOT_IN_SESSION.text, Result.REFUSED_NOT_IN_SESSION)


class Playback:
    """Plays lines into a client. The clock stands at a line's time when it is played."""

    def __init__(self, client: Client, config: Any, answers: Optional[DryRun]) -> None:
        self.consent = Consent.IN  # as said last
        self.refused: List[RefusedCall] = []
        self.uncounted = 0  # calls refused that the library does not count: no rule of a tracker was asked
        self._client = client
        self._answers = answers  # None when requests really go out
        self._session_level = config.get("level") == "session"
        self._follows = bool(config.get("playheadFollows"))
        self._players: Dict[str, _Player] = {}
        self._ids: Dict[str, _Opened] = {}  # of two sessions that had the same id, the later has it
        self._calls: Dict[str, Callable[[Line, int], Optional[Result]]] = {
            "configure": lambda line, now: None,  # read when the client was made
            "online": self._set_online,
            "consent": self._set_consent,
            "backend": self._set_backend,
            "tick": lambda line, now: self.tick(now),
            "createMediaSession": self._create_session,
            "sendMediaEvent": self._send_event,
            "playerDetails": self._set_details,
        }

    # ---- Lines

    def play(self, line: Line, now: int) -> None:
        """Does what the line says; a call that is refused is noted and changes nothing."""
        result: Optional[Result] = None
        try:
            call = self._calls.get(line.call)
            result = call(line, now) if call else self._call_player(line, now)
        except OutOfMemory:
            raise
        except (_Refused, Error, TypeError) as error:
            self.uncounted += 1
            self._note(line, getattr(error, "result", None), str(error))
        else:
            if result:
                self._note(line, result, result.text)

    def _note(self, line: Line, result: Optional[Result], reason: str) -> None:
        self.refused.append(RefusedCall(line.number, line.ts, line.player, line.call, result, reason))

    def tick(self, now: int) -> None:
        """Fires what is due, with the playheads where the clock has moved them."""
        if self._follows:
            for who in self._players.values():
                if who.follow.runs:
                    self._hand_over(who, who.follow.at(now))
        self._client.tick()

    def _hand_over(self, who: _Player, playhead: float) -> None:
        if who.tracker:
            who.tracker.update_playhead(playhead)
        self._move_session(who, playhead)

    @staticmethod
    def _move_session(who: _Player, playhead: float) -> None:
        if who.opened and who.opened.session:
            with contextlib.suppress(ClosedError, ArgumentError):  # the session has ended
                who.opened.session.update_playhead(playhead)

    # ---- Calls of no player

    def _set_online(self, line: Line, now: int) -> None:
        value = line.members.get("value")
        if value is None:
            raise _Refused("value is missing")
        self._client.online = value

    def _set_consent(self, line: Line, now: int) -> None:
        value = line.members.get("value")
        if value is None:
            raise _Refused("value is missing")
        consent = {"in": Consent.IN, "out": Consent.OUT, "unknown": Consent.UNKNOWN}[value]
        self._client.consent = consent
        self.consent = consent

    def _set_backend(self, line: Line, now: int) -> None:
        if self._answers:
            self._answers.backend(line)

    # ---- Calls of a player

    def _player(self, name: str) -> _Player:
        who = self._players.get(name)
        if who is None:
            who = self._players[name] = _Player(name)
        return who

    def _set_details(self, line: Line, now: int) -> None:
        who = self._player(line.player)
        first = who.details is None
        given = line.members.get("details") or {}
        qoe = given.get("qoeDataDetails")
        who.details = {
            "playhead": given.get("playhead"),
            "qoe": qoe
            and {
                "bitrate": _number(qoe.get("bitrate")),
                "startup_time": _number(qoe.get("timeToStart")),
                "fps": _number(qoe.get("framesPerSecond")),
                "dropped_frames": _number(qoe.get("droppedFrames")),
            },
        }
        if first:
            self._install_details(who)

    @staticmethod
    def _install_details(who: _Player) -> None:
        if who.tracker:
            who.tracker.set_player_details(who.answer)
        if who.opened and who.opened.session:
            who.opened.session.set_player_details(who.answer)

    def _tracker(self, who: _Player) -> Tracker:
        if who.tracker is None:
            who.tracker = self._client.tracker(who.name, player_details=who.answer if who.details is not None else None)
        return who.tracker

    def _set_playhead_silently(self, who: _Player, now: int) -> None:
        """A playhead that follows the clock is where it is before the line, which then sees it; nothing fires."""
        if not who.follow.runs:
            return
        playhead = who.follow.at(now)
        if who.tracker:
            who.tracker._set_playhead_silently(playhead)
        self._move_session(who, playhead)

    def _call_player(self, line: Line, now: int) -> Optional[Result]:
        who = self._player(line.player)
        if self._follows:
            self._set_playhead_silently(who, now)
        # A recording says with createMediaSession, not with "level", that a player's calls go to a session.
        rules = not self._session_level and who.opened is None
        if rules:
            result: Optional[Result] = _TRACKER_CALLS[line.call](self._tracker(who), line)
        else:
            result = self._call_as_event(who, line)
        if self._follows and not result:
            if line.call == "sessionStart":
                who.follow = _Follow(now)
            who.follow.note(line, now, rules)
        return result

    def _call_as_event(self, who: _Player, line: Line) -> Optional[Result]:
        event = _event_of(line)
        if line.call == "sessionStart":
            self._open(who, event, granular_ad_tracking=bool(_info(line).get("granularAdTracking")))
            return None
        if who.opened is None or who.opened.session is None:
            raise _no_session()
        if event is not None:
            who.opened.session.send(event)
        elif line.call == "playhead":
            who.opened.session.update_playhead(_number(line.members.get("value")))
        else:
            who.opened.session.update_qoe(_qoe(line))
        return None

    # ---- Sessions

    def _open(self, who: Optional[_Player], event: Any, **options: Any) -> None:
        opened = _Opened(who)
        if who and who.details is not None and not options.get("manual"):
            options["player_details"] = who.answer
        opened.session = self._client.create_media_session(
            event, player=who.name if who else None, session_id=lambda id: self._ids.__setitem__(id, opened), **options
        )
        if who:
            earlier, who.opened = who.opened, opened
            if earlier and earlier.session:  # it goes on delivering by itself, and its pings stop
                earlier.session.close()
                earlier.session = None

    def _resume(self, who: Optional[_Player], id: str) -> Session:
        """Goes on with a session that another process has opened; it is the player's if that has none."""
        resumed = _Opened(who)
        session = self._client.resume_media_session(id, player=who.name if who else None)
        resumed.session = session
        self._ids[id] = resumed
        if who and who.opened is None:
            who.opened = resumed
        return session

    @staticmethod
    def _event_in(line: Line) -> Any:
        for form in ("xdm", "event"):
            event = member(line.members, "options", form)
            if event is not None:
                return event
        return None

    def _create_session(self, line: Line, now: int) -> None:
        """In XDM form an application that names no player looks after the session itself."""
        options = line.members.get("options") or {}
        event = self._event_in(line)
        alone = not line.has_player and options.get("xdm") is not None
        who = None if alone else self._player(line.player)
        if event is None:
            raise _Refused("options.xdm or options.event is missing")
        self._open(
            who,
            event,
            granular_ad_tracking=bool(options.get("granularAdTracking")),
            pings=not options.get("noPings"),
            manual=alone or bool(options.get("manual")),
        )

    def _send_event(self, line: Line, now: int) -> None:
        id, event = session_id(line), self._event_in(line)
        who = None if id is not None and not line.has_player else self._player(line.player)
        if id is None:
            session = who.opened.session if who and who.opened else None
            if session is None:
                raise _no_session()
        else:
            known = self._ids.get(id)
            session = known.session if known and known.session else self._resume(who, id)
        if event is None:
            raise _Refused("options.xdm or options.event is missing")
        session.send(event)
