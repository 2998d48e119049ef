"""docs/python.md and help(mediabeat): their programs run and say what they should, and the tables are complete."""

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import textwrap

import mediabeat
import mediabeat.aio
import pytest
from shared import LOGS, ROOT

EXAMPLES = ROOT / "docs/examples/python"
PAGE = (ROOT / "docs/python.md").read_text(encoding="utf-8")


def run(name, *arguments):
    return subprocess.run(
        [sys.executable, str(EXAMPLES / name), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def output_of(name, *arguments):
    ran = run(name, *arguments)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


@pytest.fixture
def collector():
    with mediabeat.collector() as running:
        yield running


def test_a_player(collector):
    assert output_of("track.py", collector.url, 1) == [
        "4 events, 4 delivered",
        "REFUSED_NOT_IN_SESSION - no session is open",
        "length: a number is not finite or out of range",
    ]
    assert [row["eventType"] for row in collector.events()] == ["sessionStart", "play", "play", "sessionEnd"]


def test_what_help_shows(collector):
    shown = textwrap.dedent(re.search(r"\n\n( {4}import .*?)\n\n(?! )", mediabeat.__doc__, re.DOTALL)[1])
    exec(shown.replace("http://127.0.0.1:8484", collector.url).replace("wait(30)", "wait(0)"), {})
    assert [row["eventType"] for row in collector.events()] == ["sessionStart", "play", "sessionEnd"]


def test_asyncio(collector):
    assert output_of("drive.py", collector.url) == ["3 events, 3 delivered"]
    assert [session["state"] for session in collector.sessions()] == ["closed"]


def test_event_by_event():
    assert output_of("session.py") == [
        "/api/v1/sessions sessionStart",
        "the backend calls it 17",
        "/api/v1/sessions/17/events play",
        "/api/v1/sessions/17/events ping",
        "/api/v1/sessions/17/events ping",
        "mediaCollection.playhead: an integer is needed, not a text",
        "/api/v1/sessions/17/events sessionEnd",
    ]


def test_data():
    lines = output_of("data.py", LOGS / "live-radio.jsonl")
    assert lines[0] == "1 session, 6 events: 6 delivered"
    assert lines[1].startswith('/api/v1/sessions b\'{"eventType":"sessionStart"')
    assert lines[2].startswith('/api/v1/sessions/1/events b\'{"eventType":"play"')
    assert lines[3:] == [
        "1 session, 34 events: 34 delivered",
        "Example Radio One closed 34",
        "0 sessionStart",
        "26980 play",
        "26981 play",
    ]


@pytest.mark.parametrize("name", ["track.py", "data.py", "drive.py"])
def test_help(name):
    ran = run(name)
    assert ran.returncode == 1
    assert f"usage: {name}" in ran.stderr


def section(heading):
    return PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ")[0]


def is_error(name):
    thing = getattr(mediabeat, name)
    return inspect.isclass(thing) and issubclass(thing, mediabeat.Error)


def test_the_page_has_every_name():
    names = {name for name in mediabeat.__all__ if not name.startswith("__") and not is_error(name)}
    assert set(re.findall(r"`(\w+)`", section("Names"))) == names | {"aio"}


def test_the_page_has_every_exception():
    rows = re.findall(r"^\| `(\w+)` \| (?:`(\w+)`)? ?\|", section("Errors"), flags=re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(filter(is_error, mediabeat.__all__))
    for name, other in rows:
        assert not other or other in [base.__name__ for base in getattr(mediabeat, name).__mro__], name


@pytest.mark.parametrize("name", sorted(module.name for module in pkgutil.iter_modules(mediabeat.__path__)))
def test_every_module_says_what_it_is(name):
    if name in ("_native", "_version"):  # made by programs
        return
    module = importlib.import_module(f"mediabeat.{name}")
    things = [getattr(module, public) for public in getattr(module, "__all__", ())]
    assert inspect.getdoc(module)
    assert all(inspect.getdoc(thing) for thing in things if inspect.isclass(thing) or inspect.isfunction(thing))


def test_the_driver_says_what_it_does():
    driver = mediabeat.aio.Driver
    public = [member for name, member in vars(driver).items() if not name.startswith("_") and callable(member)]
    assert {member.__name__ for member in public} == {"start", "stop", "drain", "close"}
    assert all(inspect.getdoc(member) for member in public)
