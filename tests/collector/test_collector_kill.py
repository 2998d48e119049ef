"""A collector that is killed at any instant has everything on file that it said yes to, of sessions too."""

import http.client
import random
import threading
import time

import pytest
from conftest import Client, event, start


class Viewer(threading.Thread):
    """Sends until the collector is gone; notes what was acknowledged."""

    def __init__(self, port, edge):
        super().__init__(daemon=True)
        self.port, self.edge = port, edge
        self.sent, self.ended, self.batches = {}, set(), set()
        self.acknowledged = 0

    def run(self):
        try:
            client = Client(self.port)
            while True:
                self.session(client)
        except (OSError, http.client.HTTPException):
            pass

    def session(self, client):
        sid = client.open_edge() if self.edge else client.open()
        acknowledged = self.sent[sid] = set()
        for ts in range(1, 20):
            answer = client.send_edge(sid, "ping", ts) if self.edge else client.send(sid, event("ping", ts))
            if answer.status == 204:
                acknowledged.add(ts)
                self.acknowledged += 1
        answer = client.send_edge(sid, "sessionEnd", 20) if self.edge else client.send(sid, event("sessionEnd", 20))
        if answer.status == 204:
            self.ended.add(sid)
        answer = client.post("/api/v1/downloaded", [start(), event("play", 1), event("play", 2)])
        if answer.status == 201:
            self.batches.add(answer.headers["Location"][-64:])


@pytest.mark.parametrize("seed", range(5))
def test_kill(launch, tmp_path, seed):
    collector = launch("--data", tmp_path / "data")
    viewers = [Viewer(collector.port, edge) for edge in (False, True) * 3]
    for viewer in viewers:
        viewer.start()
    while any(viewer.acknowledged < 5 for viewer in viewers):
        assert all(viewer.is_alive() for viewer in viewers)
        time.sleep(0.01)
    time.sleep(random.Random(seed).random() * 0.3)
    collector.process.kill()
    collector.process.communicate()
    for viewer in viewers:
        viewer.join()
    again = launch("--data", tmp_path / "data")
    listed = {session["id"]: session for session in again.sessions()}
    for viewer in viewers:
        for sid, acknowledged in viewer.sent.items():
            kept = [e["event"] for e in again.events(sid, "?form=normalised")]
            assert acknowledged <= {e["playerTime"]["ts"] for e in kept}
            assert listed[sid]["eventCount"] == len(kept)  # what is counted is there, and nothing else
        assert all(listed[sid]["closeReason"] == "sessionEnd" for sid in viewer.ended)
        assert all(listed[sid]["eventCount"] == 3 for sid in viewer.batches)
    batches = [s for s in listed.values() if s["downloaded"]]
    assert all(s["eventCount"] == 3 and s["state"] == "closed" for s in batches)  # whole or not at all


def test_faults_and_kills_do_not_add_up(launch, tmp_path):
    """An answer that was dropped on demand says nothing, but its event is on file all the same."""
    collector = launch("--data", tmp_path / "data", "--fault", "drop,path=/api/v1/sessions/*/events")
    sid = collector.open()
    for ts in range(1, 6):
        with pytest.raises((OSError, http.client.HTTPException)):
            Client(collector.port).send(sid, event("play", ts))
    collector.process.kill()
    collector.process.communicate()
    again = launch("--data", tmp_path / "data")
    assert [e["event"]["playerTime"]["ts"] for e in again.events(sid)[1:]] == [1, 2, 3, 4, 5]
