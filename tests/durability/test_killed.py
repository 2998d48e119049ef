"""Viewers are killed at any instant, started again on what they left, and killed again, while the collector goes down and
comes back. What a call had accepted arrives: in order, once."""
import random
import threading
import time
from collections import Counter

from conftest import PATIENCE
from notes import MOST_OF_A_CALL, check

LIFE = (0.005, 0.15)  # seconds until a viewer is killed
CALM = (0.02, 0.2)  # between two faults of the network or the backend


class Weather(threading.Thread):
    """What happens to the network and the backend meanwhile."""

    def __init__(self, gate, collector, chance):
        super().__init__(daemon=True)
        self.gate, self.collector, self.chance = gate, collector, chance
        self.over = threading.Event()
        self.seen = {}
        self.start()

    def shut(self):
        self.gate.shut()
        self.over.wait(self.chance.uniform(0.005, 0.05))
        self.gate.open()

    def lose(self):
        self.gate.lose(self.chance.randint(1, 3))

    def kill(self):
        self.collector.kill()
        self.over.wait(self.chance.uniform(0, 0.03))
        self.collector.start()

    def run(self):
        while not self.over.wait(self.chance.uniform(*CALM)):
            fault = self.chance.choice([self.shut, self.lose, self.kill])
            self.seen[fault.__name__] = self.seen.get(fault.__name__, 0) + 1
            fault()

    def end(self):
        self.over.set()
        self.join()
        self.gate.lose(0)


def wait_until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def kill_viewers(view, chance, kills):
    """Plays and kills so often; returns what each run noted."""
    runs = []
    killed = 0
    while killed < kills:
        viewer = view("random", downloaded=chance.random() < 0.4)
        wait_until(viewer.path.exists)
        time.sleep(chance.uniform(*LIFE))
        killed += viewer.kill()
        runs.append(viewer.notes())
    return runs


def assert_reported(doubled, runs):
    """A report names the player; each of its sessions that is there more than once has one."""
    reported = Counter(player for run in runs for player in run.players_doubled())
    silent = Counter(media.partition("-")[0] for media in set(doubled)) - reported
    assert not silent, silent


def test_what_a_call_had_accepted_arrives_however_often_viewers_are_killed(view, gate, collector, tmp_path, pytestconfig):
    seed = pytestconfig.getoption("seed") or random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    weather = Weather(gate, collector, random.Random(seed + 1))
    runs = kill_viewers(view, chance, pytestconfig.getoption("kills") // 2)
    weather.end()
    last = view("finish", 30_000).finish()
    runs.append(last)

    assert not list((tmp_path / "store").rglob("*.journal"))
    arrived, doubled = check(collector.sessions(), runs)
    accepted = sum(run.stats[-1]["accepted"] for run in runs if run.stats)
    print(f"{len(runs)} runs, {weather.seen}, {arrived} events, {len(doubled)} sessions doubled")
    assert_reported(doubled, runs)
    assert accepted > len(runs)  # there was something to lose
    assert accepted <= arrived <= accepted + MOST_OF_A_CALL * len(runs)
    for run in runs:
        run.assert_balanced()
        assert not run.errors()
    assert last.used_kilobytes
    assert {name: last.stats[-1][name] for name in ("queued", "stored", "dropped")} == dict.fromkeys(
        ("queued", "stored", "dropped"), 0)


def test_a_lost_answer_is_remembered_while_nobody_answers_and_after_the_end_of_the_process(view, gate, collector):
    gate.lose(1)
    viewer = view("random")
    wait_until(lambda: not gate.to_lose)
    gate.shut()
    time.sleep(0.2)  # in which requests are refused; the shorter, the less this test can find
    assert viewer.kill()
    gate.open()
    runs = [viewer.notes(), view("finish", 30_000).finish()]
    _, doubled = check(collector.sessions(), runs)
    assert doubled
    assert_reported(doubled, runs)
