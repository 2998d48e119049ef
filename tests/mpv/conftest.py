"""Real mpv with the script, in front of a real collector."""

import pytest
from collected import Collector, skip_without
from playing import MODULES, WHO, Clips, Mpv


def pytest_addoption(parser):
    parser.addoption("--rounds", type=int, default=100, help="how often the script is loaded and unloaded")


def pytest_collection_modifyitems(items):
    skip_without(items, ("mpv", "ffmpeg"), MODULES)


@pytest.fixture
def collector(tmp_path):
    made = Collector(tmp_path)
    yield made.start()
    made.stop()


@pytest.fixture
def mpv(tmp_path):
    """Starts mpv with the script: mpv(file, "--option", endpoint=..., key=...)."""
    running = []

    def start(*words, scripts=True, environment=None, **configuration):
        configured = {**WHO, **configuration}
        running.append(Mpv(tmp_path, configured, *words, scripts=scripts, environment=environment))
        return running[-1]

    yield start
    for player in running:
        if player.process.poll() is None:
            player.process.kill()
            player.process.wait()


@pytest.fixture(scope="session")
def clips(tmp_path_factory):
    return Clips(tmp_path_factory.mktemp("clips"))
