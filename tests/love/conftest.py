"""The game of lua/love without a screen, in front of a real collector."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "mpv"))
from collected import PATIENCE, PROGRAM, ROOT, Collector, skip_without  # noqa: E402

MODULES = PROGRAM.parents[1] / "lua/5.1"


def pytest_collection_modifyitems(items):
    skip_without(items, ("love", "ffmpeg", "xvfb-run"), MODULES)


@pytest.fixture
def collector(tmp_path):
    made = Collector(tmp_path)
    yield made.start()
    made.stop()


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """Two seconds, in the format that LÖVE plays."""
    path = tmp_path_factory.mktemp("clip") / "cutscene.ogv"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=160x96:rate=25:duration=2",
                    "-f", "lavfi", "-i", "sine=duration=2", "-c:v", "libtheora", "-c:a", "libvorbis", str(path)],
                   check=True)  # fmt: skip
    return path


@pytest.fixture
def game(tmp_path, clip):
    """Plays the game with keys at their times; what it printed, among it where the film was at each key."""
    folder = tmp_path / "game"
    folder.mkdir()
    for name in ("conf.lua", "analytics.lua"):
        shutil.copy(ROOT / "lua/love" / name, folder)
    shutil.copy(ROOT / "lua/love/main.lua", folder / "game.lua")
    shutil.copy(ROOT / "tests/love/driver.lua", folder / "main.lua")
    shutil.copy(clip, folder)

    def play(endpoint, *keys):
        saved = tmp_path / "saved"
        saved.mkdir(exist_ok=True)
        variables = {"GAME_KEYS": " ".join(keys), "LUA_CPATH": f"{MODULES}/?.so;;", "XDG_DATA_HOME": str(saved),
                     "ALSOFT_DRIVERS": "null", **({"GAME_ANALYTICS": endpoint} if endpoint else {})}  # fmt: skip
        done = subprocess.run(["xvfb-run", "-a", "love", str(folder)], env={**os.environ, **variables},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)  # fmt: skip
        assert done.returncode == 0 and "Error" not in done.stderr, done.stdout + done.stderr
        return done.stdout

    return play


@pytest.fixture
def sessions(tmp_path, collector):
    """What the collector has in the end: a slow machine leaves some in the store, as the game waits for nothing."""

    def export():
        for store in (tmp_path / "saved").rglob("analytics"):
            subprocess.run([PROGRAM, "store", "-q", "--send", "--to", collector.url, str(store)], check=True)
        return collector.export()

    return export
