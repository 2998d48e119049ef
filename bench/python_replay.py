"""Prints how long a dry replay of an hour's viewing takes in Python, beside the command's, as a row for scripts/bench.

usage: PYTHONPATH=<build>/python MEDIABEAT=<build>/cli/mediabeat python_replay.py [--runs N]

Aim: at most 5 times the command's. Its own start, which a log without lines shows, is not counted; Python is running
already. Each is processor time, the best of the runs.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import subprocess
import tempfile
import time
from typing import Any, Dict, List

import mediabeat

HOUR_S = 3600


def call(second: float, name: str, **members: Any) -> Dict[str, Any]:
    return {"ts": round(second * 1000), "call": name, "player": "tv", **members}


def viewing() -> List[Dict[str, Any]]:
    """An hour of video on demand: about 650 events, pings included, and as many playheads as a player reports."""
    media = {"id": "m1", "name": "A film", "length": HOUR_S, "streamType": "vod", "mediaType": "video"}
    calls = [call(0, "sessionStart", info=media, metadata={"genre": "drama"}), call(0.3, "play")]
    for second in range(5, HOUR_S, 5):
        calls.append(call(second, "playhead", value=float(second)))
        if second % 60 == 20:
            calls += [call(second + 0.1, "bufferStart"), call(second + 0.8, "bufferComplete")]
        if second % 20 == 5:
            quality = {"bitrate": 3_000_000 + second, "startupTime": 500, "fps": 25, "droppedFrames": second}
            calls += [call(second + 1, "qoe", info=quality), call(second + 1, "bitrateChange")]
        if second % 600 == 300:
            ad_break = {"name": "mid-roll", "position": second // 600 + 1, "startTime": second}
            calls.append(call(second + 2, "adBreakStart", info=ad_break))
            ad = {"id": "ad", "name": "An ad", "position": 1, "length": 2}
            calls += [call(second + 2, "adStart", info=ad, metadata={"sponsor": "a"}), call(second + 4, "adComplete")]
            calls.append(call(second + 4, "adBreakComplete"))
    return [*calls, call(HOUR_S, "complete")]


def python_ms(log: pathlib.Path) -> float:
    begin = time.process_time()
    mediabeat.replay(log, dry_run=True)
    return (time.process_time() - begin) * 1000


def command_ms(log: pathlib.Path) -> float:
    arguments = [os.environ["MEDIABEAT"], "replay", "--dry-run", "-q", str(log)]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL) as run:
        _, _, used = os.wait4(run.pid, 0)
        run.returncode = 0
    return float(used.ru_utime + used.ru_stime) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=30)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        log, empty = pathlib.Path(folder, "hour.jsonl"), pathlib.Path(folder, "empty.jsonl")
        log.write_text("".join(json.dumps(line) + "\n" for line in viewing()))
        empty.touch()
        events = mediabeat.replay(log, dry_run=True).stats.accepted
        # In turns, so that what else the machine does meets all of them.
        rounds = [(python_ms(log), command_ms(log), command_ms(empty)) for _ in range(runs)]
    python, whole, start = (min(times) for times in zip(*rounds))
    command = whole - start
    print(f"an hour replayed, {events} events", f"{python:.1f} ms", "<= 5 x", sep="\t", end="\t")
    print(f"x {python / command:.2f} of the command ({command:.1f} ms, and {start:.1f} ms to start)")


if __name__ == "__main__":
    main()
