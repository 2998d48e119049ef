"""The command line: help, versions, and what is wrong with it."""
import re

import pytest
from conftest import run_on_a_full_disk


def test_without_a_command_there_is_usage_on_stderr(mediabeat):
    run = mediabeat()
    assert (run.status, run.out) == (2, "")
    assert run.err.startswith("usage: mediabeat COMMAND")


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["help"]])
def test_help_names_the_commands(mediabeat, arguments):
    run = mediabeat(*arguments)
    assert (run.status, run.err) == (0, "")
    assert "replay" in run.out and "collector" in run.out and "examples:" in run.out


@pytest.mark.parametrize("arguments", [["replay", "--help"], ["help", "replay"]])
def test_help_of_replay_has_options_examples_and_exit_status(mediabeat, arguments):
    run = mediabeat(*arguments)
    assert (run.status, run.err) == (0, "")
    for part in ("--dry-run", "--speed N|max", "examples:", "exit status:"):
        assert part in run.out
    assert all(len(text) <= 100 for text in run.out.splitlines())


@pytest.mark.parametrize("arguments", [["--version"], ["version"], ["replay", "--version"]])
def test_version(mediabeat, arguments):
    run = mediabeat(*arguments)
    assert run.status == 0
    assert re.fullmatch(r"mediabeat \d+\.\d+\.\d+\n", run.out)


def test_an_unknown_command_suggests_the_nearest(mediabeat):
    run = mediabeat("repaly")
    assert (run.status, run.out) == (2, "")
    assert "unknown command 'repaly'; did you mean 'replay'?" in run.err


def test_an_unknown_option_suggests_the_nearest(mediabeat):
    run = mediabeat("replay", "--dryrun", "x.jsonl")
    assert (run.status, run.out) == (2, "")
    assert "unknown option --dryrun; did you mean --dry-run?" in run.err


@pytest.mark.parametrize(
    "arguments, reason",
    [
        (["--zzzzzzzzzzzz", "x"], "unknown option --zzzzzzzzzzzz"),
        (["-x", "x"], "unknown option -x"),
        (["--to"], "a value is needed behind --to"),
        (["--dry-run=yes", "x"], "no value is taken by --dry-run=yes"),
        (["--dry-run"], "which log?"),
        (["--dry-run", "a", "b"], "one log at a time, not also b"),
        (["--dry-run", "--to", "http://localhost", "x"], "--dry-run sends nothing"),
        (["--dry-run", "--follow", "--speed", "2", "x"], "--follow goes at the pace of its input"),
        (["--dry-run", "--speed", "fast", "x"], "--speed needs a number"),
        (["--dry-run", "--speed", "0", "x"], "--speed needs a number"),
        (["--dry-run", "--epoch", "soon", "x"], "--epoch needs milliseconds"),
        (["--dry-run", "--drain", "-1", "x"], "--drain needs seconds"),
        (["--dry-run", "no-such-log.jsonl"], "no-such-log.jsonl: No such file or directory"),
        (["--dry-run", "/"], "/: Is a directory"),
    ],
)
def test_bad_usage(mediabeat, arguments, reason):
    run = mediabeat("replay", *arguments)
    assert (run.status, run.out) == (2, "")
    assert reason in run.err


def test_no_colour_when_it_is_not_a_terminal(mediabeat):
    run = mediabeat("replay", "--nope")
    assert "\033" not in run.err


def test_help_about_an_unknown_command(mediabeat):
    assert mediabeat("help", "colector").status == 2


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["help", "replay"], ["replay", "--help"], ["collector", "--help"]])
def test_help_that_cannot_be_written_is_a_failure(arguments):
    run = run_on_a_full_disk(*arguments)
    assert run.returncode == 1
    assert run.stderr == "mediabeat: stdout: No space left on device\n"
