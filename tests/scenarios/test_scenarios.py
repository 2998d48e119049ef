"""Each scenario as a test of its own."""
import os

import check_scenarios
import pytest

PREFIXES = tuple(os.environ.get("MEDIABEAT_SCENARIOS", "v1- timeline- dl- edge-").split())
FILES = [path for path in check_scenarios.scenario_files(check_scenarios.PLACES) if path.name.startswith(PREFIXES)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scenario(path):
    assert check_scenarios.check_file(path, check_scenarios.default_mediabeat()) is None
