"""What becomes of events when the collector is away, slow or not there at all, and when mpv or the script ends."""

import contextlib
import os
import re
import socket
import subprocess

import pytest
from collected import PROGRAM, ROOT, check, wait_for
from playing import MODULES, SCRIPT

LIMIT = 0.5  # seconds, quitTimeout's default
SLACK = 0.35  # more than mpv takes to quit without the script

SONG = ("sessionStart 0", "play 0", "sessionComplete 0.6")


def test_collector_goes_down_and_comes_back(collector, mpv, clips):
    """While one file plays: nothing is lost, nothing comes twice."""
    player = mpv(clips.film(), endpoint=collector.url).connect()
    collector.wait_for(lambda session: len(session) >= 3)
    collector.stop()
    at = player.pause()
    player.wait_tracked("pauseStart")
    player.pause(False)
    player.play_to(at + 0.3)
    collector.start()
    collector.wait_for(lambda session: "pauseStart" in session.types)
    end = player.leave(player.quit)
    (session,) = collector.export()
    check(session, "sessionStart 0", "play 0", "play 1", f"pauseStart {at}", f"play {at}", f"?play {at + 1}",
          f"sessionEnd {end}")  # fmt: skip


def test_collector_is_away_until_the_next_time(collector, mpv, clips):
    collector.stop()
    mpv(clips.short(), endpoint=collector.url, quitTimeout=None).finish()
    collector.start()
    mpv(clips.song(), endpoint=collector.url).finish()
    film, song = collector.export()
    check(film, "sessionStart 0", "play 0", "play 1", "sessionComplete 2")
    check(song, *SONG)


def test_two_at_once_share_the_store(collector, mpv, clips):
    collector.stop()
    both = [mpv(clips.song(), endpoint=collector.url, quitTimeout=None) for _ in range(2)]
    for player in both:
        player.finish()
    collector.start()
    both = [mpv(clips.song(), endpoint=collector.url), mpv(clips.song(), endpoint=collector.url)]
    for player in both:
        player.finish()
    sessions = collector.export()
    assert len(sessions) == 4
    for session in sessions:
        check(session, *SONG)


def test_without_a_store(collector, mpv, clips):
    player = mpv(clips.song(), endpoint=collector.url, store="no")
    player.finish()
    check(*collector.export(), *SONG)
    assert not list(player.log.parent.rglob("*.journal")) and not os.path.exists("no")


def test_over_the_other_wire(collector, mpv, clips):
    player = mpv(clips.film(), endpoint=collector.url, protocol="edge-va-v1").connect()
    collector.wait_for(lambda session: len(session) >= 3)
    at = int(player.command("get_property", "time-pos"))  # this wire has whole seconds
    player.command("set_property", "fullscreen", True)
    collector.wait_for(lambda session: len(session) >= 4)
    end = int(player.command("get_property", "time-pos"))
    left = player.leave(player.quit).split("..")[1]
    (session,) = collector.export("--normalised")
    check(session, "sessionStart 0", "play 0", "play 1", f"stateStart {at}..{end}", f"sessionEnd {end}..{left}")
    assert session.params("stateStart", "media.state.name") == ["fullScreen"]


# Quitting


@contextlib.contextmanager
def silent():
    """Takes connections and requests, and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextlib.contextmanager
def black_hole():
    """Its queue is full, so the system drops what would connect."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextlib.contextmanager
def nobody():
    yield "http://127.0.0.1:1"


@contextlib.contextmanager
def no_such_host():
    yield "http://mediabeat.invalid"


def quit_within(limit, start):
    """Some times, until it is quick enough: a busy machine can only make it slower. How long each took, and where it was
    left."""
    times, left = [], []
    while not times or times[-1] > limit + SLACK:
        assert len(times) < 5, times
        player = start().connect()
        player.play_to(0.4)
        left.append(player.leave(lambda: times.append(player.quit())))
    return times, left


@pytest.mark.parametrize("backend", [silent, black_hole, nobody, no_such_host])
def test_quitting_is_not_delayed(backend, collector, mpv, clips):
    with backend() as url:
        times, left = quit_within(LIMIT, lambda: mpv(clips.film(), endpoint=url, quitTimeout=None))
    print(f"{backend.__name__}: {times[-1]:.3f} s")
    mpv(clips.song(), endpoint=collector.url).finish()
    *kept, _ = collector.export()
    assert len(kept) == len(times)
    for session, end in zip(kept, left):
        check(session, "sessionStart 0", "play 0", "?play 1", f"sessionEnd {end}")


def test_quitting_at_once(mpv, clips):
    with silent() as url:
        quit_within(0, lambda: mpv(clips.film(), endpoint=url, quitTimeout=0))


def test_quitting_while_names_are_looked_up(mpv, clips, tmp_path):
    """The system's resolver takes ten seconds, and cannot be interrupted."""
    slow = tmp_path / "slow.so"
    source = ("#include <unistd.h>\n#include <netdb.h>\n"
              "int getaddrinfo(const char *n, const char *s, const struct addrinfo *h, struct addrinfo **r)"
              " { sleep(10); return EAI_AGAIN; }\n")  # fmt: skip
    subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", slow], input=source, text=True, check=True)
    preload = {"quitTimeout": None, "environment": {"LD_PRELOAD": str(slow)}}
    quit_within(LIMIT, lambda: mpv(clips.film(), endpoint="http://slow.example", **preload))


# Scripts that end before mpv does


def test_loaded_and_unloaded(collector, mpv, clips, pytestconfig):
    """With requests in flight, in two Lua states of the process at once. What was not answered is sent later."""
    rounds = pytestconfig.getoption("rounds")
    with silent() as url:
        player = mpv(clips.film(), "--pause", scripts=False, endpoint=url, quitTimeout=None, logLevel="error",
                     environment={"MEDIABEAT_SCRIPT": str(SCRIPT)}).connect()  # fmt: skip
        player.wait_value("time-pos", lambda at: at >= 0)
        for done in range(0, 2 * rounds, 2):
            load_two_and_unload(player, done)
        player.quit()
    subprocess.run([PROGRAM, "store", "-q", "--send", "--to", collector.url, player.store], check=True)
    sessions = collector.export()
    assert len(sessions) == 2 * rounds
    for session in sessions:
        check(session, "sessionStart 0", "pauseStart 0", "sessionEnd 0")


def load_two_and_unload(player, sent_before):
    names = ("unloadable", "unloadable2")  # what mpv calls them: the names are free again each time
    for _ in names:
        player.command("load-script", str(ROOT / "tests/mpv/unloadable.lua"))
    wait_for(lambda: len(player.journals_with("\nopening\t")) == sent_before + 2)
    for name in names:
        assert tell(player, name, "unload")
    for name in names:
        wait_for(lambda name=name: not tell(player, name, "nothing"))


def tell(player, name, word):
    """Whether there is such a script."""
    player.send("script-message-to", name, word)
    while (message := player.read()).get("request_id") != player.number or "event" in message:
        pass
    return message["error"] == "success"


# What is configured


def test_tried_as_the_page_says(collector, clips, tmp_path):
    """The lines of docs/mpv.md, where a clone and its build are."""
    page = (ROOT / "docs/mpv.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"```sh\n(export LUA_CPATH.*?)```", page, re.DOTALL)
    for name, target in ("build", MODULES.parents[1]), ("lua", ROOT / "lua"), ("film.mkv", clips.short()):
        (tmp_path / name).symlink_to(target)
    home = tmp_path / ".config/mpv"
    home.mkdir(parents=True)
    (home / "mpv.conf").write_text("vo=null\nao=null\n", encoding="utf-8")
    assert "127.0.0.1:8484" in lines
    subprocess.run(["sh", "-e", "-c", lines.replace("http://127.0.0.1:8484", collector.url)], cwd=tmp_path, check=True,
                   env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]}, stdout=subprocess.DEVNULL)  # fmt: skip
    (session,) = collector.export("--normalised")
    assert session.types == ["sessionStart", "play", "play", "sessionComplete"]


def said_once(player, words):
    lines = player.said().splitlines()
    assert len(lines) == 1 and words in lines[0], lines


def test_without_an_endpoint_the_film_is_shown(mpv, clips):
    player = mpv(clips.song())
    player.finish()
    said_once(player, "not tracking: endpoint: missing")


def test_without_the_module_the_film_is_shown(mpv, clips):
    player = mpv(clips.song(), environment={"LUA_CPATH": "/nowhere/?.so"})
    player.finish()
    said_once(player, "not tracking: its module for Lua 5.2 is not installed")


def test_value_that_is_none(mpv, clips):
    player = mpv(clips.song(), endpoint="http://127.0.0.1:1", mainPingInterval="often")
    player.finish()
    said_once(player, "not tracking: mainPingInterval: often is no number")


def test_store_that_cannot_be(collector, mpv, clips):
    """Told once, in the library's words; the song is tracked."""
    player = mpv(clips.song(), endpoint=collector.url, store="/proc/no/folder")
    player.finish()
    said_once(player, "store /proc/no/folder: ")
    check(*collector.export(), *SONG)


def test_switched_off(collector, mpv, clips):
    player = mpv(clips.song(), endpoint=collector.url, enabled="no")
    player.finish()
    assert player.said() == "" and collector.export() == []


def test_names_of_files_are_private(collector, mpv, clips):
    name = b"\xe9t\xe9 \xf0\x9f\x8c\x9e?.wav"  # Latin-1 and UTF-8
    folder = clips.folder / "secret"
    folder.mkdir()
    path = os.path.join(os.fsencode(folder), name)
    with open(path, "wb") as copy:
        copy.write(clips.song().read_bytes())
    mpv(path, endpoint=collector.url).finish()
    mpv(clips.song(), endpoint=collector.url, fullPath="yes").finish()
    private, public = collector.export()
    assert private[0]["params"]["media.id"] == "?t? \N{SUN WITH FACE}?.wav"
    assert "secret" not in str(private)
    assert public[0]["params"]["media.id"] == str(clips.song())


def test_kind_of_stream_flags_and_customers(collector, mpv, clips):
    customers = '{"crm": {"id": "17", "authState": 1}}'
    configured = {"streamType": "podcast", "customerIDs": customers, "enableSSL": "no", "optOutShare": "yes"}
    mpv(clips.song(), endpoint=collector.url, **configured).finish()
    (session,) = collector.export()
    assert session.params("sessionStart", "analytics.enableSSL") == [False]
    assert session.params("sessionStart", "analytics.optOutShare") == [True]
    assert session[0]["params"]["media.contentType"] == "podcast"
    assert session[0]["params"]["visitor.customerIDs"] == {"crm": {"id": "17", "authState": 1}}


def test_module_knows_mpv_only_by_its_lua():
    """It does not bring a Lua of its own, and stays mapped."""
    words = ["readelf", "-d", MODULES / "mediabeat.so"]
    said = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert "liblua" not in said and "NODELETE" in said


def test_sample_configuration(collector, mpv, clips):
    """What is left out in it is the default, and every key is one that the script takes."""
    text = (ROOT / "lua/mpv/mediabeat.conf").read_text(encoding="utf-8")
    options = dict(line.lstrip("#").split("=", 1) for line in text.splitlines() if re.match(r"#?\w+=", line))
    assert set(options) >= {"endpoint", "store", "quitTimeout", "enabled", "fullPath", "streamType"}
    player = mpv(clips.song(), **{**options, "endpoint": collector.url, "store": "no"})
    player.finish()
    assert player.said() == ""
    (session,) = collector.export("--normalised")
    assert session.types == ["sessionStart", "play", "sessionComplete"]
