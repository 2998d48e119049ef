#!/usr/bin/env python3
"""Sends a folder of player logs to a backend, on every machine of a Dask cluster, and prints what the sessions measure.

usage: backfill.py LOGS LEDGER URL [SCHEDULER]

LOGS and LEDGER are folders that every worker finds at the same path. SCHEDULER is the address of a Dask scheduler, such
as tcp://10.0.0.1:8786; without it there are two worker processes on this machine. Run it again when it was interrupted,
or when a machine died: what was accepted is not sent again. Exit status 1 when an event was not delivered.
"""

import importlib
import sys
from typing import Any

import mediabeat

CONFIGURATION = {
    "trackingServer": "metrics.example.com",
    "reportSuite": "examplestream.prod",
    "orgId": "0A1B@AdobeOrg",
    "channel": "Example Stream",
    "playerName": "Example Player",
}


# [backfill]
def backfill(logs: str, ledger: str, url: str, client: Any) -> bool:
    bag = mediabeat.bag(logs, config=CONFIGURATION, client=client)
    sent = bag.send(url, ledger)
    print(sent)
    for part in sent.problems:
        print(f"{part.log}: player {part.player}: {part.problem}")
    total = bag.report().total
    print(f"{total['contentTimeSpent']} s of content in {total['mediaStarts']} sessions")
    return sent.complete

    # [/backfill]


def main(logs: str, ledger: str, url: str, scheduler: str = "") -> int:
    distributed: Any = importlib.import_module("distributed")  # Debian's has no hints
    workers = {"address": scheduler} if scheduler else {"n_workers": 2, "threads_per_worker": 4}
    with distributed.Client(**workers) as client:
        return 0 if backfill(logs, ledger, url, client) else 1


if __name__ == "__main__":  # worker processes import this file, too
    if not 4 <= len(sys.argv) <= 5:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
