"""The examples of the documentation run as they stand."""

import os
import subprocess
import sys

import mediabeat
import pytest
from shared import CONFIGURATION, LOGS, ROOT, viewing

EXAMPLES = ROOT / "docs/examples/python"


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, timeout=300, **options
    )


@pytest.fixture
def collector(tmp_path):
    with mediabeat.collector(tmp_path / "run.db") as running:
        yield running


class TestAnalyse:
    @pytest.fixture(autouse=True)
    def matplotlib(self):
        pytest.importorskip("matplotlib")

    @pytest.mark.parametrize("protocol", ["collection-v1", "edge-va-v1"])
    def test_a_picture_and_a_table(self, collector, tmp_path, protocol):
        config = {**CONFIGURATION, "protocol": protocol}
        for log in (LOGS / "vod-with-ads.jsonl", viewing("tv", ts=5000), viewing("radio", ts=9000)):
            mediabeat.replay(log, to=collector.url, config=config, epoch=1_772_828_100_000)
        picture = tmp_path / "viewers.png"
        by_url = run(EXAMPLES / "analyse.py", collector.url, picture)
        assert by_url.returncode == 0, by_url.stderr
        assert picture.read_bytes().startswith(b"\x89PNG\r\n")
        assert picture.stat().st_size > 10_000
        table = [row.split() for row in by_url.stdout.splitlines()]
        assert table[0] == ["title", "sessions", "minutes", "each"]
        # Twice 0.1 to 3 s and 4 to 9 s: 7.9 s each.
        assert ["Metropolis", "2", "0.3", "0.1"] in table
        assert by_url.stdout.splitlines()[-1].startswith("at most 3 viewers at a time")
        by_file = run(EXAMPLES / "analyse.py", collector.data, picture)
        assert by_file.stdout == by_url.stdout

    def test_nothing_was_watched(self, collector, tmp_path):
        empty = run(EXAMPLES / "analyse.py", collector.url, tmp_path / "none.png")
        assert empty.returncode == 0, empty.stderr
        assert "at most 0 viewers" in empty.stdout

    def test_a_collector_that_is_not_there(self, tmp_path):
        missing = run(EXAMPLES / "analyse.py", "http://127.0.0.1:1", tmp_path / "none.png")
        assert missing.returncode == 1
        assert missing.stderr.splitlines()[-1].startswith("analyse.py: http://127.0.0.1:1: ")
        assert "usage: analyse.py PLACE PICTURE.png" in run(EXAMPLES / "analyse.py").stderr


class TestService:
    # MEDIABEAT_SESSIONS=10000 is what the page says; a test run takes fewer.
    SESSIONS = int(os.environ.get("MEDIABEAT_SESSIONS", "300"))

    def test_all_sessions_are_delivered(self, collector):
        service = run(EXAMPLES / "service.py", collector.url, self.SESSIONS, max(3, self.SESSIONS // 1000))
        assert service.returncode == 0, service.stdout + service.stderr
        assert service.stdout.startswith(f"{self.SESSIONS} sessions, ")
        assert " 0 lost\n" in service.stdout
        states = [row["state"] for row in collector.sessions()]
        assert states == ["closed"] * self.SESSIONS

    def test_its_help(self):
        assert run(EXAMPLES / "service.py").stderr.startswith("A service that tracks many viewers")


class TestPlayerFixture:
    def pytest(self, test, folder):
        path = f"{EXAMPLES}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
        return run(
            "-m", "pytest", "-q", "-p", "no:cacheprovider", test, cwd=folder, env={**os.environ, "PYTHONPATH": path}
        )

    def test_its_own_tests_pass(self, tmp_path):
        tests = self.pytest(EXAMPLES / "player_fixture.py", tmp_path)
        assert tests.returncode == 0, tests.stdout
        assert "3 passed" in tests.stdout

    def test_a_player_that_forgets_to_say_that_it_stalls_fails(self, tmp_path):
        (tmp_path / "test_player.py").write_text(
            "from player_fixture import Player, analytics\n"
            "def test_it(analytics):\n"
            "    player = Player(analytics.client)\n"
            "    player.open('m1', 'Metropolis', 9180)\n"
            "    player.play()\n"
            "    assert analytics.types == ['sessionStart', 'play', 'bufferStart']\n"
        )
        tests = self.pytest("test_player.py", tmp_path)
        assert tests.returncode == 1
        assert "1 failed" in tests.stdout and "bufferStart" in tests.stdout
