"""A pytest fixture for people who test a player of their own: what does it report?

Copy `analytics` into your conftest.py. A test gets a client, gives it to the player, lets time pass without waiting for
it, and looks at the events that arrived. They arrive at a real collector, so that an event which does not fit the
protocol fails the test.

Below stand a small player and its tests. Run them with pytest.
"""

from typing import Any, Dict, Iterator, List

import mediabeat
import pytest


class Analytics:
    """What the fixture gives to a test."""

    def __init__(self, collector: mediabeat.Collector) -> None:
        self.clock = mediabeat.VirtualClock(1_700_000_000.0)
        self.collector = collector
        self.client = mediabeat.Client(
            endpoint=collector.url,
            trackingServer="metrics.example.com",
            reportSuite="suite",
            orgId="0A1B@AdobeOrg",
            channel="test",
            playerName="player",
            clock=self.clock,
        )

    def advance(self, seconds: float) -> None:
        """Lets time pass: everything that is due happens at its own moment, and nobody waits."""
        until = self.clock.now + seconds
        deadline = self.client.next_deadline
        while deadline is not None and deadline < until:
            self.clock.now = max(deadline, self.clock.now)
            self.client.tick()
            self.deliver()
            deadline = self.client.next_deadline
        self.clock.now = until
        self.client.tick()

    def deliver(self) -> None:
        """Sends what waits. The clock stands still meanwhile."""
        while self.client.descriptor is not None:
            self.client.wait_for_io(1)
            self.client.deliver()

    @property
    def events(self) -> List[Dict[str, Any]]:
        """What has arrived: rows with eventType, ts, playhead, and the event itself."""
        self.deliver()
        return list(self.collector.events())

    @property
    def types(self) -> List[str]:
        """The same in short, pings left out."""
        return [row["eventType"] for row in self.events if row["eventType"] != "ping"]

    def close(self) -> None:
        self.deliver()
        self.client.close(timeout=5)
        stats = self.client.stats
        assert stats.delivered == stats.accepted, f"the backend did not take everything: {stats.dropped}"


@pytest.fixture
def analytics() -> Iterator[Analytics]:
    with mediabeat.collector() as collector:
        found = Analytics(collector)
        yield found
        found.close()


# ---- The player under test


class Player:
    """Plays one film, and stalls when told to."""

    def __init__(self, client: mediabeat.Client) -> None:
        self.position = 0.0
        self.tracker = client.tracker("living-room", player_details=lambda: self.position)

    def open(self, id: str, name: str, length: float) -> None:
        self.tracker.session_start(id=id, name=name, length=length, preroll_waiting_time=0)

    def play(self) -> None:
        self.tracker.play()

    def stall(self) -> None:
        self.tracker.buffer_start()

    def recover(self) -> None:
        self.tracker.buffer_complete()

    def close(self) -> None:
        self.tracker.session_end()


# ---- Its tests


def test_a_stall_is_reported(analytics: Analytics) -> None:
    player = Player(analytics.client)
    player.open("m1", "Metropolis", 9180)
    player.play()
    analytics.advance(5)
    player.position = 5.0
    player.stall()
    analytics.advance(2)
    player.recover()
    player.close()
    assert analytics.types == ["sessionStart", "play", "play", "bufferStart", "play", "sessionEnd"]


def test_a_ping_comes_every_ten_seconds(analytics: Analytics) -> None:
    player = Player(analytics.client)
    player.open("m1", "Metropolis", 9180)
    player.play()
    analytics.advance(60)
    pings = [row["ts"] for row in analytics.events if row["eventType"] == "ping"]
    assert [later - earlier for earlier, later in zip(pings, pings[1:])] == [10_000] * (len(pings) - 1)
    assert len(pings) >= 5
    player.close()


def test_events_say_where_the_player_is(analytics: Analytics) -> None:
    player = Player(analytics.client)
    player.open("m1", "Metropolis", 9180)
    player.play()
    player.position = 12.5
    player.close()
    assert analytics.events[-1]["playhead"] == 12.5
