"""A week without a network, then online: what was downloaded and watched meanwhile arrives oldest first, in as much memory
as a few sessions take."""
import pytest

from conftest import VIEWER
from notes import check, media_of

MANY, FEW = 1000, 10
MOST_MORE_KILOBYTES = 1024


@pytest.fixture
def sanitized():
    """Sanitizers keep what was freed for a while."""
    return b"__asan_init" in VIEWER.read_bytes()


def test_a_thousand_downloaded_sessions_of_a_week_arrive_oldest_first_in_bounded_memory(view, collector, tmp_path, sanitized):
    few = view("archive", FEW, downloaded=True).finish()
    many = view("archive", MANY, downloaded=True).finish()
    collected = collector.sessions()
    _, doubled = check(collected, [few, many])
    assert not doubled
    assert [media_of(events[0]) for events in collected] == [*few.sessions, *many.sessions]
    assert len(collected) == FEW + MANY
    assert max(at["stored"] for at in many.stats) >= 10 * MANY
    assert max(at["queued"] for at in many.stats) < 100
    many.assert_balanced()
    assert not list((tmp_path / "store").rglob("*.journal"))
    assert sanitized or many.used_kilobytes < few.used_kilobytes + MOST_MORE_KILOBYTES
