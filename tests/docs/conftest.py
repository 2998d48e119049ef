"""What the tests of the documentation share: the program, and the programs of docs/examples beside it."""
import os
import pathlib
import subprocess

import pytest

from pages import ROOT

PROGRAM = pathlib.Path(os.environ.get("MEDIABEAT", ROOT / "build/dev/cli/mediabeat")).resolve()
BUILD = PROGRAM.parents[1]
EXAMPLES = BUILD / "docs/examples"


def output_of(*arguments):
    return subprocess.run([str(a) for a in arguments], capture_output=True, text=True, timeout=300, check=True).stdout


@pytest.fixture
def workplace(tmp_path):
    """A folder that looks like the root of the repository, with `mediabeat` on the PATH. Files may be made in it."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/mediabeat").symlink_to(PROGRAM)
    (tmp_path / "build").mkdir()
    for preset in ("dev", "release"):
        (tmp_path / "build" / preset).symlink_to(BUILD)
    for name in ("docs", "scripts"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path
