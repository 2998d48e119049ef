#!/usr/bin/env python3
"""A service that tracks many viewers at once, as a server that inserts ads or looks after thin players does: one
client, one asyncio loop, no thread.

usage: service.py URL [SESSIONS [SECONDS]]

Opens SESSIONS sessions (10000 unless said) against the backend at URL within SECONDS (10), lets each be watched for a
while, and prints the accounting. Exit status 1 when an event was lost.
"""

import asyncio
import random
import sys
import time

import mediabeat
import mediabeat.aio

TITLES = [("m1", "Metropolis", 9180.0), ("m2", "Nosferatu", 5640.0), ("r1", "Sherlock Jr.", 2700.0)]


class Viewer:
    """One of the players that the service looks after; its playhead advances while it plays."""

    def __init__(self, client: mediabeat.Client, number: int) -> None:
        self.playing_since = 0.0
        self.position = 0.0
        self.tracker = client.tracker(f"viewer-{number}", player_details=self.playhead)

    def playhead(self) -> float:
        """What the library asks before each event, pings too."""
        return self.position + (time.monotonic() - self.playing_since if self.playing_since else 0.0)

    def play(self) -> None:
        self.playing_since = time.monotonic()
        self.tracker.play()

    def pause(self) -> None:
        self.position, self.playing_since = self.playhead(), 0.0
        self.tracker.pause()

    async def watch(self, seconds: float) -> None:
        id, name, length = random.choice(TITLES)
        with self.tracker:
            self.tracker.session_start(id=id, name=name, length=length, preroll_waiting_time=0)
            self.play()
            await asyncio.sleep(seconds / 2)
            self.pause()
            await asyncio.sleep(seconds / 10)
            self.play()
            await asyncio.sleep(seconds / 2)
            self.tracker.session_end()


async def arrive(client: mediabeat.Client, number: int, seconds: float) -> None:
    """Viewers come one after the other, not all in the same instant."""
    await asyncio.sleep(random.uniform(0, seconds / 2))
    await Viewer(client, number).watch(random.uniform(0.2, 0.5) * seconds)


async def serve(url: str, sessions: int, seconds: float) -> mediabeat.Stats:
    client = mediabeat.Client(
        endpoint=url,
        trackingServer="metrics.example.com",
        reportSuite="suite",
        orgId="0A1B@AdobeOrg",
        channel="service",
        playerName="server-side",
    )
    async with mediabeat.aio.Driver(client, timeout=60):
        await asyncio.gather(*(arrive(client, number, seconds) for number in range(sessions)))
    return client.stats


def main(url: str, sessions: int = 10_000, seconds: float = 10.0) -> int:
    begin, used = time.monotonic(), time.process_time()
    stats = asyncio.run(serve(url, sessions, seconds))
    lost = stats.accepted - stats.delivered
    print(f"{stats.sessions} sessions, {stats.accepted} events: {stats.delivered} delivered, {lost} lost")
    print(f"{time.monotonic() - begin:.1f} s, {time.process_time() - used:.1f} s of processor time")
    return 1 if lost else 0


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], *(int(argument) for argument in sys.argv[2:])))
