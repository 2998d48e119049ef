#!/usr/bin/env python3
"""A player in an asyncio program.

usage: drive.py URL
"""

import asyncio
import sys

import mediabeat


# [drive]
async def watch(url: str) -> mediabeat.Stats:
    config = {"trackingServer": "metrics.example.com", "reportSuite": "examplestream.prod", "orgId": "0A1B@AdobeOrg"}
    client = mediabeat.Client(config, endpoint=url, channel="Example Stream", playerName="Example Player")
    async with mediabeat.aio.Driver(client, timeout=10) as driver:
        tracker = client.tracker("living-room")
        tracker.session_start(id="m1", name="Metropolis", length=9180)
        tracker.play()
        await asyncio.sleep(0.5)  # the driver ticks and sends meanwhile
        tracker.session_end()
        await driver.drain()
    return client.stats
    # [/drive]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    stats = asyncio.run(watch(sys.argv[1]))
    print(f"{stats.accepted} events, {stats.delivered} delivered")
