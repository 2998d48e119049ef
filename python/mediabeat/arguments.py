"""Which arguments are taken: what does not fit is a TypeError or an ArgumentError that begins with its name."""

from __future__ import annotations

import os
from typing import Any

from .errors import ArgumentError

__all__ = ["check_seconds", "path_of", "wrong_type"]


def wrong_type(name: str, needed: str, value: object) -> TypeError:
    """To be raised for an argument of a type that is not taken."""
    return TypeError(f"{name}: {needed} is needed, not {type(value).__name__}")


def check_seconds(value: float, name: str) -> None:
    """Refuses what is no time that a clock can say."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise wrong_type(name, "a number", value)
    if not abs(value) < 9e12:
        raise ArgumentError(f"{name}: the number is not finite or too large")


def path_of(value: Any, name: str, needed: str = "a path") -> str:
    """A path as a text."""
    try:
        path = os.fspath(value)
    except TypeError:
        path = None
    if not isinstance(path, str):
        raise wrong_type(name, needed, value)
    return path
