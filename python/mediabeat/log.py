"""How a client's messages reach the logging module."""

from __future__ import annotations

import logging
from typing import Any, Callable, Optional, Union

from .arguments import wrong_type
from .model import LogLevel

__all__ = ["BODIES", "Log"]

BODIES = 5
"""The level of logging for messages with bodies, which show metadata and visitor ids."""

Log = Union[bool, None, logging.Logger, Callable[[LogLevel, str], Any]]
"""What Client(log=...) takes."""

_LEVELS = (logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG, BODIES)
_MEMBERS = tuple(LogLevel)


def native_log(log: Log) -> Optional[Callable[[int, str], Any]]:
    """What C calls with the number of a level and a text."""
    if log is None or log is False:
        return None
    if log is True:
        log = logging.getLogger("mediabeat")
    if isinstance(log, logging.Logger):
        logger = log
        return lambda level, message: logger.log(_LEVELS[level], "%s", message)
    if not callable(log):
        raise wrong_type("log", "a logger, a callable, True, False or None", log)
    told = log
    return lambda level, message: told(_MEMBERS[level], message)


def level_of(log: Log) -> Optional[str]:
    """The value of logLevel that fits a logger; None for other kinds of logs. Never "bodies": that is asked for."""
    if log is True:
        log = logging.getLogger("mediabeat")
    if not isinstance(log, logging.Logger):
        return None
    for name, level in (("debug", logging.DEBUG), ("info", logging.INFO), ("warning", logging.WARNING)):
        if log.isEnabledFor(level):
            return name
    return "error"
