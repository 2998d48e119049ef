"""The exceptions of the package: one tree, and what each of them means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from .model import Result

__all__ = [
    "ArgumentError",
    "BusyError",
    "ClosedError",
    "ConfigError",
    "Error",
    "EventError",
    "ForkedError",
    "LogError",
    "OutOfMemory",
    "ThreadError",
    "TransportError",
]


class Error(Exception):
    """Everything that this package raises by itself.

    A value of a wrong Python type is a TypeError, as everywhere in Python. A call that a rule of the protocol refuses
    is no error: it answers a Result.
    """

    status: Optional[Result]
    """What the C library answered; None when the error did not come from there."""

    def __init__(self, message: str = "", status: Optional[Result] = None, *more: Any) -> None:
        super().__init__(message, *more)
        self.status = status


class ConfigError(Error):
    """A configuration key is missing, or its value has another type than the key."""


class ArgumentError(Error, ValueError):
    """An argument has the right type, but a value that is not taken. The message begins with the argument's name."""


class EventError(Error, ValueError):
    """An event at session level does not fit the protocol. The message begins with the path of what is wrong."""


class ClosedError(Error, RuntimeError):
    """The client, tracker, session or request is closed."""


class ForkedError(ClosedError):
    """The handle belongs to the process that forked this one. Make a client of your own in the child."""


class BusyError(Error, RuntimeError):
    """The call came from inside a callback, while another thread waits in the same client, or too late.

    A transport's send() raises it to say: not now, offer the request again.
    """


class ThreadError(BusyError):
    """The call came from another thread than the one that made the client. See Client(check_same_thread=False)."""


class OutOfMemory(Error, MemoryError):
    """The C library found no memory; the call has changed nothing."""


class TransportError(Error, OSError):
    """The transport could not be set up."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class LogError(Error, ValueError):
    """A player log cannot be played: says the file, the line, and why."""

    file: Optional[str]
    """The log's name, None when it has none."""

    line: Optional[int]
    """The line, counted from 1; None when it is about the whole log."""

    reason: str
    """What is wrong with it."""

    def __init__(self, reason: str, file: Optional[str] = None, line: Optional[int] = None) -> None:
        place = [str(part) for part in (file, line) if part is not None]
        super().__init__(": ".join([":".join(place), reason]) if place else reason)
        self.file = file
        self.line = line
        self.reason = reason
