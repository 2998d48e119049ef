"""python -m mediabeat is the command."""

import os
import pathlib
import subprocess
import sys

import mediabeat

MAIN = pathlib.Path(mediabeat.__file__).parent / "__main__.py"


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "mediabeat", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def test_it_is_the_command():
    ran = run("--version")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert mediabeat.__version__ in ran.stdout


def test_its_exit_status_is_the_commands():
    assert run("replay", "--nonsense").returncode == 2


def test_a_command_that_is_missing():
    ran = run(MEDIABEAT="/nowhere/mediabeat")
    assert ran.returncode == 1
    assert ran.stderr.startswith("mediabeat: ") and "No such file" in ran.stderr


def test_it_does_not_start_itself():
    ran = run(MEDIABEAT=str(MAIN))
    assert ran.returncode == 1
    assert "was installed without the command" in ran.stderr
