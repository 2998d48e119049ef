"""GET /api/refused: what clients sent that was not taken."""

from conftest import envelope, event, start, xdm_start


def refused(collector):
    return collector.get("/api/refused").json


def test_nothing_was_refused(collector):
    collector.send(collector.open(), event("play"))
    assert refused(collector) == []


def test_a_refused_event_is_shown_as_it_came(launch):
    collector = launch("--clock", "manual:1000")
    sid = collector.open()
    body = '{ "eventType" : "paus", "playerTime": {"playhead": 3, "ts": 5}}'
    answer = collector.send(sid, body)
    assert refused(collector) == [
        {
            "receivedAt": 1000,
            "method": "POST",
            "path": f"/api/v1/sessions/{sid}/events",
            "status": 400,
            "message": answer.message,
            "size": len(body),
            "body": body,
        }
    ]


def test_all_kinds_of_refusals(collector):
    sid = collector.open()
    collector.send("0" * 64, event("play"))
    collector.send(sid, "{")
    collector.send(sid, event("sessionEnd", 9))
    collector.send(sid, event("play"))
    collector.request("GET", "/api/v1/sessions")
    collector.post("/api/v1/session", start())
    collector.edge("sessionStart", envelope(xdm_start(playhead=-1)))
    collector.edge("play", envelope())
    assert [r["status"] for r in refused(collector)] == [404, 400, 410, 405, 404, 207, 400]
    assert all(r["message"] for r in refused(collector))


def test_what_the_owner_asks_is_not_shown(collector):
    collector.get("/api/sessions/x/events")
    collector.request("PATCH", "/api/sessions")
    assert refused(collector) == []


def test_faults_on_demand_are_no_refusals(launch):
    collector = launch("--fault", "status=400")
    assert collector.post("/api/v1/sessions", start()).status == 400
    assert refused(collector) == []


def test_the_last_hundred_are_kept(collector):
    for number in range(130):
        collector.send("0" * 64, event("ping", number))
    assert [f'"ts": {number}}}' in r["body"] for number, r in enumerate(refused(collector), 30)] == [True] * 100


def test_bodies_are_cut_and_stay_text(collector):
    sid = collector.open()
    collector.send(sid, ("é" * 1500).encode())
    collector.send(sid, b"\xff\xfe")
    collector.send(sid, b"<script>\x00\x1b[31m")
    one, two, three = refused(collector)
    assert (one["body"], one["size"]) == ("é" * 1000, 3000)
    assert (two["body"], two["size"]) == ("", 2)
    assert three["body"] == "<script>"
