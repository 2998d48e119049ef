"""Where the `mediabeat` command is, which runs collectors and computes reports."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
from typing import Optional, Union

from .arguments import path_of
from .errors import Error

Place = Union[str, "os.PathLike[str]"]
"""Where a collector's sessions are: its URL, its data file, or what `mediabeat collector --export` has written."""


def find_command(command: Optional[Place] = None) -> str:
    """The `mediabeat` command: the one given, else $MEDIABEAT, the package's own, or the one on the PATH."""
    if command is not None:
        return path_of(command, "command")
    own = pathlib.Path(__file__).parent / "bin" / "mediabeat"
    found = os.environ.get("MEDIABEAT") or (str(own) if own.exists() else shutil.which("mediabeat"))
    if not found:
        raise Error("the mediabeat command is not installed; name it in the environment variable MEDIABEAT")
    return found


def run_command(*arguments: str, given: Optional[bytes] = None) -> "subprocess.CompletedProcess[bytes]":
    """Runs the command with `given` as its input, and keeps what it says. Raises Error when it cannot be run."""
    command = [find_command(), *arguments]
    try:
        if given is None:
            return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return subprocess.run(command, input=given, capture_output=True, check=False)
    except OSError as error:
        raise Error(f"the mediabeat command cannot be run: {error}") from error
