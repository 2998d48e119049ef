"""What calls take and answer: media, ads, chapters, quality of experience, requests, results, accounting."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Mapping, Optional, Union

__all__ = [
    "Ad",
    "AdBreak",
    "Chapter",
    "Consent",
    "Drop",
    "LogLevel",
    "Media",
    "MediaType",
    "PlayerDetails",
    "QoE",
    "Response",
    "Result",
    "State",
    "Stats",
    "StreamType",
]


class Result(enum.IntEnum):
    """What a call of a tracker answers: OK, or the rule that refused it.

    A refusal (REFUSED_...) is no failure: the call came at a moment when the protocol has no use for it, and nothing
    has changed. The other members are the status of exceptions; calls do not return them.
    """

    OK = 0
    NO_MEMORY = 1
    INVALID_ARGUMENT = 2
    INVALID_TEXT = 3
    INVALID_NUMBER = 4
    INVALID_TIME = 5
    INVALID_JSON = 6
    INVALID_EVENT = 7
    UNKNOWN_KEY = 8
    WRONG_TYPE = 9
    MISSING_KEY = 10
    BUSY = 11
    CLOSED = 12
    TOO_LATE = 13
    TRANSPORT_FAILED = 14
    REFUSED_NOT_IN_SESSION = 15
    REFUSED_IN_SESSION = 16
    REFUSED_INVALID_INFO = 17
    REFUSED_BREAK_WITHOUT_AD = 18
    REFUSED_BUFFERING = 19
    REFUSED_NOT_BUFFERING = 20
    REFUSED_SEEKING = 21
    REFUSED_NOT_SEEKING = 22
    REFUSED_SAME_AD_BREAK = 23
    REFUSED_NOT_IN_AD_BREAK = 24
    REFUSED_SAME_AD = 25
    REFUSED_NOT_IN_AD = 26
    REFUSED_SAME_CHAPTER = 27
    REFUSED_NOT_IN_CHAPTER = 28
    REFUSED_STATE_ON = 29
    REFUSED_STATE_NOT_ON = 30
    REFUSED_TOO_MANY_STATES = 31
    TOO_LARGE = 32

    @property
    def ok(self) -> bool:
        """Whether the call was taken."""
        return self is Result.OK

    @property
    def refused(self) -> bool:
        """Whether a rule refused the call."""
        return self.name.startswith("REFUSED_")

    @property
    def text(self) -> str:
        """An English sentence for it."""
        from . import _native

        return _native.status_text(self)


class StreamType(str, enum.Enum):
    """The usual kinds of streams. Any other text is taken too."""

    VOD = "vod"
    LIVE = "live"
    LINEAR = "linear"
    PODCAST = "podcast"
    AUDIOBOOK = "audiobook"
    AOD = "aod"


class MediaType(str, enum.Enum):
    """What there is to see or hear."""

    VIDEO = "video"
    AUDIO = "audio"


class State(str, enum.Enum):
    """The usual states of a player. Any name of 1 to 64 letters, digits, '_' or '.' is taken, ten in a session."""

    FULL_SCREEN = "fullScreen"
    CLOSED_CAPTIONING = "closedCaptioning"
    MUTE = "mute"
    PICTURE_IN_PICTURE = "pictureInPicture"
    IN_FOCUS = "inFocus"


class Consent(enum.IntEnum):
    """Whether events may be sent."""

    IN = 0
    """They are sent: the default."""
    UNKNOWN = 1
    """They wait."""
    OUT = 2
    """What waits is dropped, and nothing is made any more."""


class LogLevel(enum.IntEnum):
    """The levels of the messages that a client's log gets."""

    ERROR = 0
    """Data was or will be lost unless somebody acts."""
    WARNING = 1
    """Something was corrected or dropped."""
    INFO = 2
    """Sessions opened and ended, calls refused by a rule."""
    DEBUG = 3
    """Requests and answers, without bodies."""
    BODIES = 4
    """The same with bodies: the only level that shows metadata and visitor ids."""


class Drop(enum.IntEnum):
    """Why events were dropped."""

    REFUSED = 0
    """Refused by the backend."""
    SESSION_REFUSED = 1
    """The backend refused their sessionStart."""
    QUEUE_FULL = 2
    """The session's queue was full."""
    TOO_OLD = 3
    """Undelivered for too long."""
    CONSENT = 4
    """No consent."""
    CLOSED = 5
    """Undelivered when the client was closed."""
    STORE_FULL = 6
    """The store was full."""


@dataclass(frozen=True)
class Media:
    """The content of a session.

    id: not empty. name: not empty. length: seconds, 0 or more; a live stream of unknown length has 86400.
    stream_type: a StreamType or any other text. media_type: "video" or "audio". resumed: this viewing continues an
    earlier one. granular_ad_tracking: pings every second inside ads (Media Collection API only).
    preroll_waiting_time: seconds that calls wait for an ad break to come first; 0: not at all.
    """

    id: str
    name: str
    length: float
    stream_type: str = StreamType.VOD
    media_type: str = MediaType.VIDEO
    resumed: bool = False
    granular_ad_tracking: bool = False
    preroll_waiting_time: float = 0.25


@dataclass(frozen=True)
class AdBreak:
    """An ad break. name: not empty. position: 1 for the first. start_time: seconds of main content, 0 or more."""

    name: str
    position: int
    start_time: float = 0.0


@dataclass(frozen=True)
class Ad:
    """An ad. id and name: not empty. position: 1 for the first of its break. length: seconds, 0 or more."""

    id: str
    name: str
    position: int
    length: float


@dataclass(frozen=True)
class Chapter:
    """A chapter. name: not empty. position: 1 for the first. length and start_time: seconds, 0 or more."""

    name: str
    position: int
    length: float
    start_time: float = 0.0


@dataclass(frozen=True)
class QoE:
    """Quality of experience; every number from 0 to 2^53, fractions are cut off.

    bitrate: bit/s. startup_time: milliseconds from the wish to play to the first frame. fps: frames per second.
    dropped_frames: running total of the session.
    """

    bitrate: float
    startup_time: float
    fps: float
    dropped_frames: float


@dataclass(frozen=True)
class PlayerDetails:
    """What a player answers when it is asked. playhead: seconds of main content. None, for both: unchanged."""

    playhead: Optional[float] = None
    qoe: Union[QoE, Mapping[str, float], None] = None


@dataclass(frozen=True)
class Response:
    """How a transport's request ended.

    status: the HTTP status; 0 when no answer came. location: the Location header. body: what the backend said.
    retry_after: seconds, 0 when the header is absent. error: what failed, for the log, when status is 0.
    not_sent: with status 0, the backend cannot have seen the request.
    """

    status: int
    location: Optional[str] = None
    body: Union[bytes, str] = b""
    retry_after: int = 0
    error: Optional[str] = None
    not_sent: bool = False


@dataclass(frozen=True)
class Stats:
    """The accounting of a client: accepted + recovered = delivered + queued + stored + the sum of dropped."""

    accepted: int = 0
    """Events made by calls and timers."""
    delivered: int = 0
    """Events taken by the backend."""
    queued: int = 0
    """Events waiting in memory, the ones under way included."""
    queued_bytes: int = 0
    """Bytes of their bodies."""
    held: int = 0
    """Of those queued: waiting for consent, or for being online."""
    dropped: Mapping[Drop, int] = field(default_factory=dict)
    """Events dropped, by reason; every reason is there."""
    requests: int = 0
    """Requests handed to the transport."""
    retries: int = 0
    """Of those: repeats of one that failed."""
    reopened: int = 0
    """Sessions continued in a new one after 404 or 410."""
    resent: int = 0
    """Events sent once more to say what was open there."""
    refused_calls: int = 0
    """Calls that a rule refused."""
    sessions: int = 0
    """Sessions started or resumed."""
    recovered: int = 0
    """Events found in the store, of clients that are gone."""
    stored: int = 0
    """Events waiting on disk only."""
    possibly_doubled: int = 0
    """Sessions whose opening was repeated although it may have been taken."""

    def __getstate__(self) -> "dict[str, object]":
        """Goes between processes, which a read-only mapping does not."""
        return {**self.__dict__, "dropped": dict(self.dropped)}
