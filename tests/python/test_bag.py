"""Folders of logs on Dask: how logs are divided, what is sent of them, and what it takes that nothing is sent twice."""

import collections
import fcntl
import json
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.request

import mediabeat
import pytest
from mediabeat import ledger
from shared import CONFIGURATION, LOGS, MEDIA, ROOT, line, run_mediabeat, start, text_of, viewing

pytest.importorskip("dask.bag", reason="Dask is not installed (python3-distributed)")

sys.path.insert(0, str(ROOT / "tests/scenarios"))

import check_scenarios

EDGE = {**CONFIGURATION, "protocol": "edge-va-v1"}
ALL = "MEDIABEAT_ALL" in os.environ  # else a few of what is drawn at random, or repeated, take their turn
WIRES = {
    "collection-v1": CONFIGURATION,
    "downloaded-v1": {**CONFIGURATION, "protocol": "downloaded-v1"},
    "edge-va-v1": EDGE,
    "edge-va-v1, downloaded": {**EDGE, "downloaded": True},
}


def merged(*logs):
    return sorted((call for log in logs for call in log), key=lambda call: call["ts"])


def write(folder, **logs):
    """A folder of logs, by their names."""
    folder.mkdir(exist_ok=True)
    for name, calls in logs.items():
        (folder / f"{name}.jsonl").write_text(text_of(calls))
    return folder


def evening(log):
    """Two players in one log, of whom one watches twice. Each session has a title of its own."""
    return merged(
        viewing("tv", media=f"{log}-1"),
        viewing("tv", ts=10_000, media=f"{log}-2"),
        viewing("radio", ts=5_000, media=f"{log}-3"),
    )


@pytest.fixture
def logs(tmp_path):
    return write(tmp_path / "logs", **{f"log-{n}": evening(f"log-{n}") for n in range(8)})


@pytest.fixture
def collector():
    with mediabeat.collector() as running:
        yield running


def faults(collector, *wanted):
    """Sets the collector's faults."""
    request = urllib.request.Request(f"{collector.url}/api/faults", json.dumps(wanted).encode(), method="PUT")
    request.add_header("Content-Type", "application/json")
    return urllib.request.urlopen(request).read()


def met(collector):
    with urllib.request.urlopen(f"{collector.url}/api/faults") as answer:
        return sum(fault["met"] for fault in json.load(answer))


def title_of(event):
    media = event.get("mediaCollection", {}).get("sessionDetails", {}).get("name")
    return media or event.get("params", {}).get("media.id")


def taken(collector):
    """What a collector took as new: the events of each title, without what differs from run to run. And how many
    repeats it saw."""
    titles, events, repeats = {}, collections.defaultdict(list), 0
    for row in collector.events():
        event = row["event"]
        titles.setdefault(row["session"], title_of(event))
        if row["duplicate"]:
            repeats += 1
        else:
            events[titles[row["session"]]].append((row["eventType"], row["ts"], row["playhead"]))
    return {title: sorted(of_title) for title, of_title in events.items()}, repeats


def sums(report):
    """A report's sums, without what is about minutes of the clock and the ratios."""
    return {name: value for name, value in report.items() if isinstance(value, int)}


def bodies(*pieces):
    """What is sent of each player's sessions, in their order. Sessions that were held back together may take turns."""
    of_session = collections.defaultdict(list)
    for number, requests in enumerate(pieces):
        for request in requests:
            of_session[request.player, number, request.session].append((request.at, request.body))
    return sorted((player, sent) for (player, *_), sent in of_session.items())


class TestDividing:
    def of_bag(self, source, **arguments):
        found = mediabeat.bag(source, **arguments).batches().compute(scheduler="sync")
        return bodies(*(batches.requests for batches in found))

    def test_a_player_is_divided_by_its_sessions(self, tmp_path):
        found = mediabeat.bag(write(tmp_path / "logs", a=evening("a"))).batches().compute(scheduler="sync")
        assert [(one.log, one.player, one.number, len(one.requests)) for one in found] == [
            ("a.jsonl", "tv", 1, 6),
            ("a.jsonl", "radio", 1, 6),
            ("a.jsonl", "tv", 2, 6),
        ]

    SCENARIOS = list(check_scenarios.scenario_files(check_scenarios.PLACES))

    @pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
    def test_scenarios_give_the_same_bodies_as_a_replay(self, path, tmp_path):
        calls = [json.loads(text) for text in check_scenarios.player_log(json.loads(path.read_text())).splitlines()]
        calls = [call for call in calls if call["call"] != "backend"]  # these are for dry runs
        if calls[0]["call"] == "configure":
            calls[0]["config"]["protocol"] = "collection-v1"  # over the other one ids are drawn by chance
            calls[0]["config"].pop("seed", None)
        log = write(tmp_path, log=calls) / "log.jsonl"
        assert self.of_bag(log) == bodies(mediabeat.replay(log, dry_run=True).requests)

    @pytest.mark.parametrize("seed", range(30 if ALL else 6))
    def test_random_logs_give_the_same_bodies_as_a_replay(self, seed, tmp_path):
        chance = random.Random(seed)
        calls, now = [], 0
        usual = ["play", "pause", "playhead", "sessionStart", "sessionEnd", "complete", "bufferStart", "bufferComplete"]
        usual += ["playerDetails", "chapterStart", "chapterComplete", "error"]
        for _ in range(200):
            now += chance.choice([0, 7, 300, 1501, 12007])
            call, player = chance.choice(usual), chance.choice(["tv", "radio", "phone"])
            more = {
                "sessionStart": {"info": MEDIA},
                "playhead": {"value": chance.randrange(60)},
                "playerDetails": {"details": {"playhead": chance.randrange(60)}},
                "chapterStart": {"info": {"name": "One", "position": 1, "length": 9, "startTime": 0}},
                "error": {"id": "e"},
            }
            calls.append(line(now, call, player=player, **more.get(call, {})))
            if chance.random() < 0.02:
                calls.append(line(now, "consent", value=chance.choice(["in", "in", "unknown", "out"])))
        log = write(tmp_path, log=calls) / "log.jsonl"
        assert self.of_bag(log) == bodies(mediabeat.replay(log, dry_run=True).requests)

    def test_a_session_that_is_open_goes_on_until_its_log_ends(self, tmp_path):
        calls = [line(0, "complete", player="tv"), *viewing("tv", ts=1000)[:-1], *viewing("radio", ts=100_000)]
        log = write(tmp_path, log=calls) / "log.jsonl"
        found = self.of_bag(log)
        assert found == bodies(mediabeat.replay(log, dry_run=True).requests)
        assert [json.loads(body)["eventType"] for _, body in dict(found)["tv"]].count("ping") == 10

    def test_a_recording_ticks_where_it_says(self, tmp_path):
        recorded = []
        clock = mediabeat.VirtualClock(1000)
        with mediabeat.Client(clock=clock, transport=False, channel="c", playerName="p", log=False) as client:
            client.record(recorded.append)
            for _ in range(2):
                tracker = client.tracker("tv")
                tracker.session_start(id="a", name="A", length=60)
                tracker.play()
                for _ in range(25):
                    clock.advance(1)
                    client.tick()
                tracker.session_end()
            tracker.session_start(id="a", name="A", length=60)  # nobody ticks when its pings are due
            tracker.play()
            clock.advance(100)
            client.tracker("radio").session_start(id="b", name="B", length=60)
        log = tmp_path / "recorded.jsonl"
        log.write_text("".join(recorded))
        assert "tick" in log.read_text()
        assert self.of_bag(log) == bodies(mediabeat.replay(log, dry_run=True).requests)

    def test_sessions_of_the_session_level_stay_with_their_player(self, tmp_path):
        event = {"eventType": "sessionStart", "params": {"media.id": "a", "media.name": "A", "media.length": 60}}
        event["params"].update({"media.contentType": "vod"})
        calls = []
        for player in ("tv", "radio"):
            for ts in (0, 5000):
                calls.append(line(ts, "createMediaSession", player=player, options={"event": event}))
                calls.append(line(ts + 100, "sendMediaEvent", player=player, options={"event": {"eventType": "play"}}))
        calls = merged(calls)
        log = write(tmp_path, log=calls) / "log.jsonl"
        assert len(mediabeat.bag(log)) == 2
        assert self.of_bag(log) == bodies(mediabeat.replay(log, dry_run=True).requests)
        anonymous = line(6000, "createMediaSession", options={"xdm": {"mediaCollection": {"playhead": 0}}})
        assert len(mediabeat.bag(write(tmp_path, log=[*calls, anonymous]) / "log.jsonl")) == 1

    def test_epoch_moves_a_log_as_a_whole(self, tmp_path):
        log = write(tmp_path, log=evening("a")) / "log.jsonl"
        assert self.of_bag(log, epoch=10**12) == bodies(mediabeat.replay(log, dry_run=True, epoch=10**12).requests)

    def test_events_of_no_two_sessions_have_the_same_id(self, tmp_path):
        seeded = [line(0, "configure", config={"seed": 7}), *evening("a")]
        folder = write(tmp_path / "logs", a=seeded, b=seeded)
        found = mediabeat.bag(folder, config=EDGE).batches().compute(scheduler="sync")
        ids = [json.loads(request.body)["events"][0]["xdm"]["_id"] for one in found for request in one.requests]
        other = write(tmp_path / "other", a=[line(0, "configure", config={"seed": 7}), *evening("b")])
        found = mediabeat.bag(other, config=EDGE).batches().compute(scheduler="sync")
        ids += [json.loads(request.body)["events"][0]["xdm"]["_id"] for one in found for request in one.requests]
        assert len(ids) == 54 and len(set(ids)) == 54

    def test_a_log_that_has_changed_since_is_named(self, tmp_path):
        log = write(tmp_path, log=evening("a")) / "log.jsonl"
        bag = mediabeat.bag(log)
        write(tmp_path, log=viewing("tv"))
        with pytest.raises(mediabeat.LogError, match="^.*log.jsonl: the log has changed since the bag was made"):
            bag.batches().compute(scheduler="sync")

    def test_a_line_that_is_none_is_named(self, tmp_path):
        folder = write(tmp_path / "logs", a=evening("a"), b=['{"ts": 0, "call": "paly"}'])
        with pytest.raises(mediabeat.LogError, match=r"b\.jsonl:1: unknown call"):
            mediabeat.bag(folder)

    def test_sources(self, tmp_path):
        folder = write(tmp_path / "logs", a=evening("a"))
        write(folder / "more", a=evening("b"))
        (folder / "notes.txt").write_text("no log")
        assert len(mediabeat.bag(folder)) == 6
        assert len(mediabeat.bag([LOGS / "live-radio.jsonl", LOGS / "vod-with-ads.jsonl"])) == 2
        with pytest.raises(mediabeat.ArgumentError, match="two logs have the name a.jsonl"):
            mediabeat.bag([folder / "a.jsonl", folder / "more/a.jsonl"])
        with pytest.raises(OSError):
            mediabeat.bag(tmp_path / "missing.jsonl")

    def test_a_folder_without_logs_says_what_was_looked_for(self, tmp_path, caplog):
        folder = write(tmp_path / "none")
        (folder / "evening.json").write_text("{}")
        bag = mediabeat.bag(folder)
        assert [record.message for record in caplog.records] == [f"{folder}: no *.jsonl or *.jsonl.gz in this folder"]
        assert len(bag) == 0 and bag.report().total == {"sessions": 0}

    def test_arguments_are_named(self, tmp_path):
        log = write(tmp_path, log=viewing("tv")) / "log.jsonl"
        for call, raised, named in (
            (lambda: mediabeat.bag(5), TypeError, "^source: a folder or paths of logs is needed, not int"),
            (lambda: mediabeat.bag(None), TypeError, "^source: a folder or paths of logs is needed, not NoneType"),
            (lambda: mediabeat.bag([5]), TypeError, "^source: a path is needed, not int"),
            (lambda: mediabeat.bag(log, config="x"), TypeError, "^config: a mapping is needed, not str"),
            (lambda: mediabeat.bag(log, epoch="now"), TypeError, "^epoch: milliseconds since 1970 or None is needed"),
            (lambda: mediabeat.bag(log, client=5), TypeError, "^client: a distributed.Client, None or False is needed"),
            (lambda: mediabeat.bag(log, partitions="x"), TypeError, "^partitions: a whole number is needed, not str"),
            (lambda: mediabeat.bag(log, partitions=0), mediabeat.ArgumentError, "^partitions: at least 1 is needed"),
            (lambda: mediabeat.bag(log).map(5), TypeError, "^function: a callable is needed, not int"),
            (lambda: mediabeat.bag(log).send(5, "ledger"), TypeError, "^to: a text is needed, not int"),
            (lambda: mediabeat.bag(log).send("http://a", 5), TypeError, "^ledger: a path is needed, not int"),
            (lambda: mediabeat.bag(log).send("http://a", "x", patience="x"), TypeError, "^patience: a number"),
        ):
            with pytest.raises(raised, match=named):
                call()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["log.jsonl"]


class TestSending:
    @pytest.mark.parametrize("wire", WIRES)
    def test_what_one_replay_sends(self, wire, logs, tmp_path, collector):
        with mediabeat.collector() as other:
            for log in sorted(logs.iterdir()):
                mediabeat.replay(log, to=other.url, config=WIRES[wire])
            sent = mediabeat.bag(logs, config=WIRES[wire]).send(collector.url, tmp_path / "ledger")
            assert str(sent) == "24 sessions, 144 events: 144 delivered"
            assert sent.complete and sent.left == sent.possibly_doubled == 0 and sent.dropped == {}
            assert taken(collector) == taken(other)
            assert len(list(collector.sessions())) == 24

    @pytest.mark.parametrize("wire", WIRES)
    def test_a_second_run_sends_nothing(self, wire, logs, tmp_path, collector):
        bag = mediabeat.bag(logs, config=WIRES[wire])
        first = bag.send(collector.url, tmp_path / "ledger")
        faults(collector, {"status": 500})
        assert mediabeat.bag(logs, config=WIRES[wire], partitions=2).send(collector.url, tmp_path / "ledger") == first
        assert met(collector) == 0

    def test_new_logs_are_sent_by_the_next_run(self, logs, tmp_path, collector):
        mediabeat.bag(logs, config=CONFIGURATION).send(collector.url, tmp_path / "ledger")
        write(logs, late=viewing("tv", media="late"))
        sent = mediabeat.bag(logs, config=CONFIGURATION).send(collector.url, tmp_path / "ledger")
        assert sent.complete and sent.sessions == 25
        events, repeats = taken(collector)
        assert len(events) == 25 and len(events["late"]) == 6 and not repeats

    @pytest.mark.parametrize("protocol", ["collection-v1", "edge-va-v1"])
    def test_a_session_that_its_log_leaves_open_is_ended(self, protocol, tmp_path, collector):
        calls = [*viewing("tv")[:-1], line(30_000, "tick")]
        folder = write(tmp_path / "logs", a=calls)
        sent = mediabeat.bag(folder, config=WIRES[protocol]).send(collector.url, tmp_path / "ledger")
        assert sent.complete and sent.events == len(mediabeat.replay(calls, dry_run=True).requests) + 1
        assert [row["closeReason"] for row in collector.sessions()] == ["sessionEnd"]

    def test_what_is_left_is_delivered_by_the_next_run(self, tmp_path, collector):
        bag = mediabeat.bag(write(tmp_path / "logs", a=evening("a")), config=CONFIGURATION)
        faults(collector, {"status": 503, "path": "*/events"})
        left = bag.send(collector.url, tmp_path / "ledger", patience=5)
        assert (left.events, left.delivered, left.left) == (18, 3, 15)
        assert not left.complete and str(left) == "3 sessions, 18 events: 3 delivered, 15 left undelivered"
        faults(collector)
        assert bag.send(collector.url, tmp_path / "ledger").complete
        events, repeats = taken(collector)
        assert len(events) == len(list(collector.sessions())) == 3 and repeats == 0

    def test_nobody_is_there(self, tmp_path):
        folder = write(tmp_path / "logs", a=[*viewing("tv")[:-1]])
        left = mediabeat.bag(folder, config=CONFIGURATION).send("http://127.0.0.1:1", tmp_path / "ledger", patience=0)
        assert (left.events, left.left, left.delivered) == (6, 6, 0)

    def test_what_is_dropped_stays_known(self, logs, tmp_path, collector):
        bag = mediabeat.bag(logs, config=CONFIGURATION)
        faults(collector, {"status": 400, "path": "*/events", "count": 3})
        sent = bag.send(collector.url, tmp_path / "ledger")
        assert sent.dropped == {"refused": 3} and sent.delivered == 141 and not sent.complete
        assert bag.send(collector.url, tmp_path / "ledger") == sent

    def test_sessions_that_wait_for_their_turn_are_left_with_their_ends(self, tmp_path):
        event = {"eventType": "sessionStart", "params": {"media.id": "a", "media.name": "A", "media.length": 60}}
        event["params"].update({"media.contentType": "vod"})
        calls = []
        for ts in (0, 500, 1000):  # each goes on when the next one comes
            calls.append(line(ts, "createMediaSession", player="tv", options={"event": event}))
            calls.append(line(ts + 100, "sendMediaEvent", player="tv", options={"event": {"eventType": "play"}}))
        bag = mediabeat.bag(write(tmp_path / "logs", a=calls), config=CONFIGURATION)
        left = bag.send("http://127.0.0.1:1", tmp_path / "ledger", patience=0)
        assert (left.sessions, left.events, left.left, left.delivered) == (3, 9, 9, 0)

    def test_patience_is_with_a_backend_that_takes_nothing(self, tmp_path, collector):
        """One that is slow is waited for, however long it takes."""
        calls = [start(player="tv"), *(line(ts, call, player="tv") for ts, call in ((0, "play"), (1, "pause")))]
        calls.append(line(500, "complete", player="tv"))
        faults(collector, {"delay": 2000})
        bag = mediabeat.bag(write(tmp_path / "logs", a=calls), config=CONFIGURATION)
        sent = bag.send(collector.url, tmp_path / "ledger", patience=7)
        assert sent.complete and sent.events == 4

    def test_what_is_dropped_is_written_down_before_the_run_ends(self, tmp_path, collector, monkeypatch):
        folder = write(tmp_path / "logs", a=viewing("tv"))

        class Dying(mediabeat.Client):
            def close(self, timeout=5.0):
                super().close(timeout)
                if str(self.config.get("store", "")).endswith("plan/store"):
                    raise LookupError("the process was killed")

        monkeypatch.setattr(ledger, "Client", Dying)
        bag = mediabeat.bag(folder, config=CONFIGURATION)
        faults(collector, {"status": 400, "path": "*/events", "count": 1})
        with pytest.raises(LookupError):
            bag.send(collector.url, tmp_path / "ledger")
        monkeypatch.undo()
        sent = bag.send(collector.url, tmp_path / "ledger")
        assert (sent.dropped, sent.delivered, sent.left) == ({"refused": 1}, 5, 0)

    def test_no_session_is_too_long_for_a_queue(self, tmp_path, collector):
        calls = [start(player="tv"), line(0, "play", player="tv"), line(3_600_000, "complete", player="tv")]
        config = {**WIRES["downloaded-v1"], "queueMaxEvents": 16}
        sent = mediabeat.bag(write(tmp_path / "logs", a=calls), config=config).send(collector.url, tmp_path / "ledger")
        assert sent.complete and sent.events > 60

    def test_a_batch_that_is_refused_stays_for_a_person_to_look_at(self, tmp_path, collector):
        folder = write(tmp_path / "logs", a=viewing("tv"))
        faults(collector, {"status": 400})
        sent = mediabeat.bag(folder, config=WIRES["downloaded-v1"]).send(collector.url, tmp_path / "ledger")
        assert sent.left == 0 and sum(sent.dropped.values()) == 6
        (aside,) = (tmp_path / "ledger").glob("*/*/plan/store/aside/*.journal")
        assert aside.parents[3].stat().st_mode & 0o077 == 0  # nobody else may look

    def test_an_opening_whose_answer_was_lost_is_reported(self, tmp_path, collector):
        folder = write(tmp_path / "logs", a=viewing("tv"))
        faults(collector, {"drop": True, "path": "/api/v1/sessions", "count": 1})
        bag = mediabeat.bag(folder, config=CONFIGURATION)
        sent = bag.send(collector.url, tmp_path / "ledger")
        assert (sent.possibly_doubled, len(list(collector.sessions()))) == (1, 2)
        assert str(sent) == "1 session, 6 events: 6 delivered; 1 session possibly doubled"
        assert bag.send(collector.url, tmp_path / "ledger") == sent

    def test_consent_of_the_log_holds(self, tmp_path, collector):
        calls = viewing("tv")
        withdrawn = [*calls[:3], line(3000, "consent", value="out"), *calls[3:]]
        unknown = [line(0, "consent", value="unknown"), *viewing("radio")]
        sent = mediabeat.bag(write(tmp_path / "logs", a=withdrawn, b=unknown), config=CONFIGURATION).send(
            collector.url, tmp_path / "ledger"
        )
        types = [row["eventType"] for row in collector.events()]
        expected = [json.loads(r.body)["eventType"] for r in mediabeat.replay(withdrawn, dry_run=True).requests]
        assert types[: len(expected)] == expected and len(expected) == 3
        assert types[len(expected) :] == ["sessionEnd"] and sent.sessions == 1

    def test_lines_that_have_changed_are_not_sent(self, tmp_path, collector):
        folder = write(tmp_path / "logs", a=viewing("tv"), b=viewing("tv"))
        mediabeat.bag(folder, config=CONFIGURATION).send(collector.url, tmp_path / "ledger")
        write(folder, a=viewing("tv", media="another"))
        sent = mediabeat.bag(folder, config=CONFIGURATION).send(collector.url, tmp_path / "ledger")
        assert [(part.log, part.problem) for part in sent.problems] == [
            ("a.jsonl", "its lines have changed since it was begun")
        ]
        assert str(sent) == "1 session, 6 events: 6 delivered; 1 session not sent" and not sent.complete
        assert len(list(collector.sessions())) == 2

    def test_a_ledger_is_for_one_destination(self, tmp_path, collector):
        folder = write(tmp_path / "logs", a=viewing("tv"))
        mediabeat.bag(folder, config=CONFIGURATION).send(collector.url, tmp_path / "ledger")
        sent = mediabeat.bag(folder, config=CONFIGURATION).send("http://127.0.0.1:1", tmp_path / "ledger")
        assert sent.problems[0].problem == f"it was begun with endpoint {collector.url}, not http://127.0.0.1:1"

    def test_a_session_of_another_process_is_not_sent(self, tmp_path, collector):
        event = {"eventType": "media.ping", "mediaCollection": {"playhead": 7, "sessionID": "of-another-process"}}
        folder = write(tmp_path / "logs", a=[line(0, "sendMediaEvent", options={"xdm": event})])
        sent = mediabeat.bag(folder, config=CONFIGURATION).send(collector.url, tmp_path / "ledger")
        assert "opened elsewhere" in sent.problems[0].problem
        assert list(collector.events()) == []

    @pytest.mark.parametrize("durability", ["process", "power"])
    def test_a_plan_is_on_disk_before_it_has_its_name(self, durability, tmp_path, collector, monkeypatch):
        synced, fsync = [], os.fsync

        def noted(descriptor):
            synced.append(os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}")))
            fsync(descriptor)

        monkeypatch.setattr(os, "fsync", noted)
        folder = write(tmp_path / "logs", a=viewing("tv"))
        bag = mediabeat.bag(folder, config={**CONFIGURATION, "durability": durability})
        assert bag.send(collector.url, tmp_path / "ledger").complete
        if durability == "process":
            assert synced == []
        else:
            (session,) = (path.parent.name for path in (tmp_path / "ledger").glob("*/*/plan"))
            assert synced[-1] == session  # which has the plan's name
            assert {"plan.json", "planning", "store", "1-0000000000000001"} < set(synced[:-1])
            assert [name for name in synced if name.endswith(".journal")]

    def test_what_was_reported_is_on_disk_before_the_store_goes(self, tmp_path, collector, monkeypatch):
        synced, fsync = {}, os.fsync

        def noted(descriptor):
            path = os.readlink(f"/proc/self/fd/{descriptor}")
            synced[os.path.basename(path)] = os.path.exists(os.path.join(os.path.dirname(path), "plan", "store"))
            fsync(descriptor)

        monkeypatch.setattr(os, "fsync", noted)
        folder = write(tmp_path / "logs", a=viewing("tv"))
        faults(collector, {"status": 400, "path": "*/events", "count": 1})
        bag = mediabeat.bag(folder, config={**CONFIGURATION, "durability": "power"})
        sent = bag.send(collector.url, tmp_path / "ledger")
        assert (sent.dropped, sent.left, synced.get("reported.jsonl")) == ({"refused": 1}, 0, True)
        assert not list((tmp_path / "ledger").glob("*/*/plan/store"))
        assert bag.send(collector.url, tmp_path / "ledger") == sent

    def test_an_incomplete_configuration_plans_nothing(self, tmp_path):
        folder = write(tmp_path / "logs", a=viewing("tv"))
        with pytest.raises(mediabeat.ConfigError, match="trackingServer|reportSuite|orgId"):
            mediabeat.bag(folder).send("http://127.0.0.1:1", tmp_path / "ledger")
        assert list((tmp_path / "ledger").glob("*/*/plan")) == []
        with pytest.raises(TypeError, match="to: a text is needed"):
            mediabeat.bag(folder).send(None, tmp_path / "ledger")

    def test_a_plan_that_was_not_finished_is_made_again(self, tmp_path, collector):
        folder = write(tmp_path / "logs", a=viewing("tv"))
        bag = mediabeat.bag(folder, config=CONFIGURATION)
        bag.send("http://127.0.0.1:1", tmp_path / "ledger", patience=0)
        (session,) = (path.parent for path in (tmp_path / "ledger").glob("*/*/plan"))
        (journal,) = (session / "plan").glob("store/*/*.journal")
        journal.write_bytes(journal.read_bytes()[:700])
        (session / "plan").rename(session / "planning")  # as a run leaves it that was killed here
        assert bag.send(collector.url, tmp_path / "ledger").complete
        assert len(list(collector.events())) == 6

    def test_what_was_reported_half_is_left_out(self, tmp_path, collector):
        folder = write(tmp_path / "logs", a=viewing("tv"))
        bag = mediabeat.bag(folder, config=CONFIGURATION)
        faults(collector, {"status": 503})
        bag.send(collector.url, tmp_path / "ledger", patience=0)
        (session,) = (path.parent for path in (tmp_path / "ledger").glob("*/*/plan"))
        (session / "reported.jsonl").write_bytes(b'{"refused": 1}\n{"refu')
        faults(collector, {"status": 400, "path": "*/events", "count": 1})
        for _ in range(2):  # the second reads what the first has written behind the half
            assert bag.send(collector.url, tmp_path / "ledger").dropped == {"refused": 2}

    def test_two_runs_at_once_exclude_each_other(self, logs, tmp_path, collector):
        bag = mediabeat.bag(logs, config=CONFIGURATION)
        sent = []
        runs = [
            threading.Thread(target=lambda: sent.append(bag.send(collector.url, tmp_path / "ledger"))) for _ in range(3)
        ]
        for run in runs:
            run.start()
        for run in runs:
            run.join()
        assert len(sent) == 3 and all(one.complete for one in sent)
        events, repeats = taken(collector)
        assert len(list(collector.sessions())) == 24 and sum(map(len, events.values())) == 144 and repeats == 0

    def test_patience_with_another_run_ends(self, tmp_path, collector):
        folder = write(tmp_path / "logs", a=viewing("tv"))
        bag = mediabeat.bag(folder, config=CONFIGURATION)
        bag.send("http://127.0.0.1:1", tmp_path / "ledger", patience=0)
        (lock,) = (tmp_path / "ledger").glob("*/*/lock")
        with open(lock) as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            sent = bag.send("http://127.0.0.1:1", tmp_path / "ledger", patience=0.1)
        assert [part.problem for part in sent.problems] == ["another run is sending it"]

    def test_what_came_of_it_goes_between_processes(self, logs, tmp_path, collector):
        sent = mediabeat.bag(logs, config=CONFIGURATION).send(collector.url, tmp_path / "ledger")
        assert pickle.loads(pickle.dumps(sent)) == sent


class TestReport:
    @pytest.mark.parametrize("wire", ["collection-v1", "downloaded-v1"])
    def test_the_sums_are_those_of_the_collector(self, wire, logs, tmp_path, collector):
        write(logs, ads=(LOGS / "vod-with-ads.jsonl").read_text().splitlines(), open=viewing("tv")[:-1])
        bag = mediabeat.bag(logs, config=WIRES[wire])
        bag.send(collector.url, tmp_path / "ledger")
        computed = bag.report()
        wanted = json.loads(run_mediabeat("report", "--json", collector.url).stdout)
        total = {name: value for name, value in computed.total.items() if name in wanted["total"]}
        ratios = ("concurrent", "peak", "avg", "Rate", "minutesLeftOut", "averageMinuteAudience")
        assert {n: v for n, v in sums(wanted["total"]).items() if not any(r in n for r in ratios)} == total
        assert {row["mediaId"] for row in computed.sessions} == {row["mediaId"] for row in wanted["sessions"]}


SENDER = """
import sys, mediabeat
config, logs, url, ledger = eval(sys.argv[1]), *sys.argv[2:]
print(mediabeat.bag(logs, config=config, progress=False).send(url, ledger))
"""


class TestKilled:
    def start(self, config, *arguments):
        path = os.pathsep.join(sys.path)
        return subprocess.Popen(
            [sys.executable, "-c", SENDER, repr(config), *map(str, arguments)], env={**os.environ, "PYTHONPATH": path}
        )

    @pytest.mark.parametrize("wire", WIRES)
    def test_at_any_moment(self, wire, logs, tmp_path, collector):
        """A request that is under way when the process dies may be repeated: one for each thread that sends. Nothing
        else is, and nothing is lost."""
        chance = random.Random(wire)
        kills, threads = 0, os.cpu_count()
        with mediabeat.collector() as other:
            mediabeat.bag(logs, config=WIRES[wire]).send(other.url, tmp_path / "other")
            wanted, _ = taken(other)
        faults(collector, {"delay": 10})
        for _ in range(6 if ALL else 2):
            until = met(collector) + chance.randrange(1, 4 if "downloaded" in wire else 20)
            sender = self.start(WIRES[wire], logs, collector.url, tmp_path / "ledger")
            while met(collector) < until and sender.poll() is None:
                time.sleep(0.002)
            time.sleep(chance.random() * 0.02)
            kills += sender.poll() is None
            sender.kill()
            sender.wait()
        assert kills
        faults(collector)
        sent = mediabeat.bag(logs, config=WIRES[wire]).send(collector.url, tmp_path / "ledger")
        assert sent.complete and sent.events == 144
        events, repeats = taken(collector)
        copies = collections.Counter(row["mediaId"] for row in collector.sessions())
        assert sum(count > 1 for count in copies.values()) <= sent.possibly_doubled <= kills * threads
        assert repeats + sum(copies.values()) - 24 <= kills * threads
        assert {title: set(of_title) for title, of_title in events.items()} == {
            title: set(of_title) for title, of_title in wanted.items()
        }

    def test_what_was_answered_is_not_repeated(self, logs, tmp_path, collector):
        """The backend refuses to take more for now: nothing is under way that it could take when the process dies."""
        faults(collector, {"status": 503, "path": "*/events", "rate": 0.7})
        for _ in range(3 if ALL else 1):
            before = met(collector)
            sender = self.start(CONFIGURATION, logs, collector.url, tmp_path / "ledger")
            while met(collector) < before + 10:
                time.sleep(0.01)
            faults(collector, {"status": 503})
            while met(collector) < 4:
                time.sleep(0.01)
            sender.kill()
            sender.wait()
            faults(collector, {"status": 503, "path": "*/events", "rate": 0.7})
        faults(collector)
        sent = mediabeat.bag(logs, config=CONFIGURATION).send(collector.url, tmp_path / "ledger")
        assert sent.complete and sent.possibly_doubled == 0
        events, repeats = taken(collector)
        assert repeats == 0 and len(list(collector.sessions())) == 24
        assert sum(map(len, events.values())) == 144


class TestCluster:
    """Two worker processes on this machine."""

    @pytest.fixture(scope="class")
    def client(self):
        distributed = pytest.importorskip("distributed", reason="python3-distributed is not installed")
        with (
            distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield client

    @pytest.mark.parametrize("wire", WIRES if ALL else ["collection-v1", "edge-va-v1, downloaded"])
    def test_the_same_totals_as_one_process(self, wire, client, logs, tmp_path, collector):
        with mediabeat.collector() as other:
            alone = mediabeat.bag(logs, config=WIRES[wire], client=False)
            together = mediabeat.bag(logs, config=WIRES[wire], client=client)
            assert alone.send(other.url, tmp_path / "one") == together.send(collector.url, tmp_path / "two")
            assert taken(collector) == taken(other)
            ours, theirs = (
                json.loads(run_mediabeat("report", "--json", place.url).stdout)["total"] for place in (collector, other)
            )
            assert ours == theirs
        assert together.report() == alone.report()
        assert together.report().total["sessions"] == 24
        batches = client.compute(together.batches()).result()
        assert [one.requests for one in batches] == [one.requests for one in alone.batches().compute(scheduler="sync")]

    def test_a_second_run_goes_on_with_what_is_left(self, client, logs, tmp_path, collector):
        bag = mediabeat.bag(logs, config=CONFIGURATION, client=client)
        faults(collector, {"status": 503, "path": "*/events"})
        assert 120 <= bag.send(collector.url, tmp_path / "ledger", patience=0.1).left <= 144
        faults(collector)
        assert bag.send(collector.url, tmp_path / "ledger").complete
        assert taken(collector)[1] == 0

    def test_both_workers_work(self, client, logs):
        pids = client.compute(mediabeat.bag(logs).map(process_of)).result()  # the client that was made last
        assert set(pids) == set(client.run(os.getpid).values()) and len(set(pids)) == 2

    @pytest.mark.parametrize("wire", ["collection-v1", "edge-va-v1"] if ALL else ["collection-v1"])
    def test_a_worker_that_is_killed_costs_nothing(self, wire, client, logs, tmp_path, collector):
        """While the worker is killed the backend takes nothing, so no answer is lost."""
        with mediabeat.collector() as other:
            mediabeat.bag(logs, config=WIRES[wire], client=False).send(other.url, tmp_path / "other")
            wanted = taken(other)
        bag = mediabeat.bag(logs, config=WIRES[wire], client=client, partitions=4)
        sent = []
        faults(collector, {"status": 503, "rate": 0.5})
        run = threading.Thread(target=lambda: sent.append(bag.send(collector.url, tmp_path / "ledger")))
        run.start()
        while met(collector) < 12:
            time.sleep(0.01)
        faults(collector, {"status": 503})
        while met(collector) < 8:
            time.sleep(0.01)
        assert 0 < len(list(collector.sessions())) < 24
        victim = next(iter(client.run(os.getpid).values()))
        os.kill(victim, signal.SIGKILL)
        faults(collector)
        run.join(600)
        assert sent and sent[0].complete and sent[0].possibly_doubled == 0
        assert taken(collector) == wanted and wanted[1] == 0
        assert len(list(collector.sessions())) == 24
        client.wait_for_workers(2)

    def test_the_progress_bar_is_dask_s(self, client, logs, tmp_path, capsys):
        mediabeat.bag(logs, client=False, progress=True).report()
        assert "Completed" in capsys.readouterr().err
        mediabeat.bag(logs, client=client, progress=True).report()
        assert "Completed" in capsys.readouterr().out
        mediabeat.bag(logs, progress=False).report()
        assert capsys.readouterr() == ("", "")


class TestExample:
    def test_a_folder_is_sent_and_measured(self, logs, tmp_path, collector):
        pytest.importorskip("distributed", reason="python3-distributed is not installed")
        command = [sys.executable, str(ROOT / "docs/examples/python/backfill.py"), logs, tmp_path / "ledger"]
        path = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        run = subprocess.run([*map(str, command), collector.url], capture_output=True, text=True, env=path)
        assert run.returncode == 0, run.stderr
        assert run.stdout.splitlines() == ["24 sessions, 144 events: 144 delivered", "190 s of content in 24 sessions"]
        write(logs, **{"log-0": viewing("tv", media="another")})
        changed = subprocess.run([*map(str, command), collector.url], capture_output=True, text=True, env=path)
        assert changed.returncode == 1
        assert len(list(collector.sessions())) == 24
        assert "log-0.jsonl: player tv: its lines have changed since it was begun" in changed.stdout

    def test_its_help(self):
        run = subprocess.run(
            [sys.executable, str(ROOT / "docs/examples/python/backfill.py")], capture_output=True, text=True
        )
        assert run.returncode == 1 and run.stderr.startswith("Sends a folder of player logs")


def process_of(session):
    time.sleep(0.02)
    return os.getpid()


def test_without_dask_it_says_what_to_install():
    program = "import sys; sys.modules['dask'] = None; import mediabeat; mediabeat.bag([])"
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert "mediabeat.bag needs Dask: apt-get install python3-distributed" in run.stderr.splitlines()[-1]


def test_dask_is_not_imported_before_it_is_needed():
    program = "import sys, mediabeat; mediabeat.bag; assert 'dask' not in sys.modules"
    subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, check=True
    )
