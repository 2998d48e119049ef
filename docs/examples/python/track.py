#!/usr/bin/env python3
"""A player tracked: what the viewer does goes to a backend.

usage: track.py URL [SECONDS]
"""

import sys

import mediabeat


# [track]
def watch(url: str, seconds: int) -> mediabeat.Stats:
    config = {"trackingServer": "metrics.example.com", "reportSuite": "examplestream.prod", "orgId": "0A1B@AdobeOrg"}
    with mediabeat.Client(config, endpoint=url, channel="Example Stream", playerName="Example Player") as client:
        tracker = client.tracker("living-room")
        tracker.session_start(id="tos-2012", name="Tears of Steel", length=734, stream_type="vod")
        tracker.play()
        for second in range(1, seconds + 1):  # your player's loop
            client.wait(1)
            tracker.update_playhead(second)
        tracker.session_end()
    return client.stats
    # [/track]


# [ads]
def watch_with_ads(client: mediabeat.Client) -> None:
    position = 0.0
    film = mediabeat.Media(id="tos-2012", name="Tears of Steel", length=734, media_type=mediabeat.MediaType.VIDEO)
    tracker = client.tracker("living-room", player_details=lambda: position)
    tracker.session_start(film, {"a.media.show": "Open Movies", "device": "tv"})
    tracker.ad_break_start(name="pre-roll", position=1, start_time=0)
    tracker.ad_start(mediabeat.Ad("ad-1", "Cloudwater Spring", position=1, length=15), {"campaign": "spring"})
    tracker.ad_complete()
    tracker.ad_break_complete()
    tracker.play()
    position = 90.0
    tracker.chapter_start({"name": "The bridge", "position": 2, "length": 60, "start_time": 90})
    tracker.update_qoe(bitrate=3_200_000, startup_time=920, fps=24, dropped_frames=0)
    tracker.state_start(mediabeat.State.FULL_SCREEN)
    tracker.complete()
    # [/ads]


# [refused]
def pause_twice(client: mediabeat.Client) -> None:
    tracker = client.tracker("kitchen")
    result = tracker.play()
    print(result.name, "-", result.text)
    try:
        tracker.session_start(id="tos-2012", name="Tears of Steel", length=float("nan"))
    except mediabeat.ArgumentError as error:
        print(error)
    # [/refused]


def main(url: str, seconds: int = 30) -> None:
    stats = watch(url, seconds)
    print(f"{stats.accepted} events, {stats.delivered} delivered")
    quiet = mediabeat.Client(transport=False)
    watch_with_ads(quiet)
    pause_twice(quiet)
    quiet.close(timeout=0)


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    main(sys.argv[1], *(int(argument) for argument in sys.argv[2:]))
