"""mediabeat: streaming-media analytics for players that are not a browser or a phone.

A Client has the configuration, the clock and delivery. It makes any number of Trackers (a player: the Media SDK level)
and Sessions (event by event: what the Web SDK calls createMediaSession).

    import mediabeat

    config = {"trackingServer": "metrics.example.com", "reportSuite": "suite", "orgId": "0A1B@AdobeOrg"}
    with mediabeat.Client(config, endpoint="http://127.0.0.1:8484", channel="web", playerName="tv") as client:
        tracker = client.tracker("tv")
        tracker.session_start(id="a", name="A", length=60, stream_type="vod")
        tracker.play()
        client.wait(30)
        tracker.session_end()

Times are seconds since 1970, lengths and playheads are seconds. Nothing runs in the background.

Independent of Adobe; implements the published protocol.
"""

import importlib
from typing import TYPE_CHECKING, Any

from . import _native
from . import fork as _fork
from ._version import __version__
from .bag import Bag, BagReport, Batches, SentBag, bag
from .client import Client, config_keys
from .clock import VirtualClock
from .collecting import Collector, collector, events, sessions
from .errors import (
    ArgumentError,
    BusyError,
    ClosedError,
    ConfigError,
    Error,
    EventError,
    ForkedError,
    LogError,
    OutOfMemory,
    ThreadError,
    TransportError,
)
from .ledger import SentSession, SessionLines
from .model import (
    Ad,
    AdBreak,
    Chapter,
    Consent,
    Drop,
    LogLevel,
    Media,
    MediaType,
    PlayerDetails,
    QoE,
    Response,
    Result,
    State,
    Stats,
    StreamType,
)
from .replay import Accounting, PlannedRequest, RefusedCall, replay
from .reporting import Report, findings, report
from .session import Session
from .tables import Table, calls_from_frame
from .tracker import Tracker
from .transport import Request, Transport

if TYPE_CHECKING:
    from . import aio as aio

__all__ = [
    "Accounting",
    "Ad",
    "AdBreak",
    "ArgumentError",
    "Bag",
    "BagReport",
    "Batches",
    "BusyError",
    "Chapter",
    "Client",
    "ClosedError",
    "Collector",
    "ConfigError",
    "Consent",
    "Drop",
    "Error",
    "EventError",
    "ForkedError",
    "LogError",
    "LogLevel",
    "Media",
    "MediaType",
    "OutOfMemory",
    "PlannedRequest",
    "PlayerDetails",
    "QoE",
    "RefusedCall",
    "Report",
    "Request",
    "Response",
    "Result",
    "SentBag",
    "SentSession",
    "Session",
    "SessionLines",
    "State",
    "Stats",
    "StreamType",
    "Table",
    "ThreadError",
    "Tracker",
    "Transport",
    "TransportError",
    "VirtualClock",
    "__version__",
    "bag",
    "calls_from_frame",
    "collector",
    "config_keys",
    "events",
    "findings",
    "replay",
    "report",
    "sessions",
]


def __getattr__(name: str) -> Any:
    """mediabeat.aio is there without an import of its own, which would cost every script that of asyncio."""
    if name == "aio":
        return importlib.import_module("mediabeat.aio")
    raise AttributeError(f"module 'mediabeat' has no attribute {name!r}")


_native.check_interpreter()
if _native.version() != __version__:
    raise ImportError(f"mediabeat {__version__} found a library {_native.version()} in {_native.__file__}")
