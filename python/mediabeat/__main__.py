"""python -m mediabeat, and what installing the package puts on the path: both are the package's `mediabeat` command."""

from __future__ import annotations

import os
import sys

from .command import find_command
from .errors import Error

__all__ = ["main"]


def main() -> None:
    """Becomes the command, with the arguments of this one."""
    try:
        command = find_command()
        if os.path.exists(sys.argv[0]) and os.path.samefile(command, sys.argv[0]):
            raise Error("this package was installed without the command; name it in the environment variable MEDIABEAT")
        os.execv(command, [command, *sys.argv[1:]])
    except (Error, OSError) as error:
        sys.exit(f"mediabeat: {error}")


if __name__ == "__main__":
    main()
