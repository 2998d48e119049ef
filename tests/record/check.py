#!/usr/bin/env python3
"""A recorded run, ticks included, replays to the same requests, over either protocol, random ids and all.

usage: check.py RECORD_RUN MEDIABEAT
"""
import json
import pathlib
import subprocess
import sys
import tempfile


def replayed_bodies(mediabeat, recording):
    run = subprocess.run([mediabeat, "replay", "--dry-run", recording], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


def as_sent(line):
    """A line of the dry run in the form of record_run: the body's bytes are compared, not its meaning."""
    request = json.loads(line)
    body = line[line.index('"body": ') + len('"body": '):-1]
    return f'{request["player"]} {request["session"]} {request["path"]} {body}'


def check(record_run, mediabeat, seed, protocol, folder):
    name = f"{protocol}, seed {seed}"
    recording, bodies = folder / "recording.jsonl", folder / "bodies"
    subprocess.run([record_run, recording, bodies, str(seed), protocol], check=True)
    sent = bodies.read_text(encoding="utf-8").splitlines()
    lines = replayed_bodies(mediabeat, recording)
    again = [as_sent(line) for line in lines]
    for number, (one, other) in enumerate(zip(sent, again)):
        assert one == other, f"{name}, request {number}:\n  sent     {one}\n  replayed {other}"
    assert len(sent) == len(again), f"{name}: {len(sent)} requests sent, {len(again)} replayed"
    assert lines == replayed_bodies(mediabeat, recording), f"{name}: two dry runs differ"
    return len(sent)


def main():
    record_run, mediabeat = sys.argv[1:]
    for protocol in ("collection-v1", "edge-va-v1"):
        with tempfile.TemporaryDirectory() as folder:
            counts = [check(record_run, mediabeat, seed, protocol, pathlib.Path(folder)) for seed in range(1, 9)]
        print(f"{protocol}: {len(counts)} recorded runs, {sum(counts)} requests: the same again")


if __name__ == "__main__":
    main()
