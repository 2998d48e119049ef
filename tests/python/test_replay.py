"""Replays from Python: sources, sending, accounting, progress. That the bytes are right, test_scenarios.py says."""

import io
import json
import os
import pickle
import pty
import subprocess
import sys
import threading
import time

import mediabeat
import pytest
from shared import CONFIGURATION, LOGS, MEDIA, line, run_mediabeat, start, text_of, viewing

EVENING = viewing("tv") + viewing("radio", ts=10_000, media="m2")


@pytest.fixture
def collector():
    with mediabeat.collector() as running:
        yield running


class TestDryRun:
    def test_requests_are_in_the_accounting(self):
        accounting = mediabeat.replay(viewing("tv"), dry_run=True)
        assert [request.path for request in accounting.requests] == ["/api/v1/sessions"] + [
            "/api/v1/sessions/1/events"
        ] * 5
        first = accounting.requests[0]
        assert (first.at, first.player, first.session, first.method) == (0, "tv", 1, "POST")
        assert json.loads(first.body)["params"]["media.name"] == "Metropolis"
        assert str(accounting) == "1 session, 6 events: 6 delivered"
        assert accounting.complete and accounting.lines == 6

    def test_requests_go_one_by_one_to_whom_wants_them(self):
        got = []
        accounting = mediabeat.replay(EVENING, dry_run=True, on_request=got.append)
        assert accounting.requests == ()
        assert got == list(mediabeat.replay(EVENING, dry_run=True).requests)

    def test_every_source_gives_the_same(self, tmp_path):
        path = tmp_path / "log.jsonl"
        path.write_text(text_of(EVENING))
        wanted = mediabeat.replay(EVENING, dry_run=True).requests
        for source in (path, str(path), open(path), open(path, "rb"), io.StringIO(text_of(EVENING)), iter(EVENING)):
            assert mediabeat.replay(source, dry_run=True).requests == wanted

    def test_a_data_frame(self):
        pandas = pytest.importorskip("pandas")
        frame = pandas.DataFrame(
            {
                "when": pandas.to_datetime([0, 100, 5000, 9000], unit="ms"),
                "what": ["sessionStart", "play", "playhead", "sessionEnd"],
                "device": ["tv"] * 4,
                "id": ["m1", None, None, None],
                "title": ["Metropolis", None, None, None],
                "seconds": [60, None, None, None],
                "info.streamType": ["vod", None, None, None],
                "info.mediaType": ["video", None, None, None],
                "info.prerollWaitingTime": [0, None, None, None],
                "value": [None, None, 4.5, None],
            }
        )
        columns = {"id": "info.id", "title": "info.name", "seconds": "info.length"}
        calls = mediabeat.calls_from_frame(frame, ts="when", call="what", player="device", columns=columns)
        wanted = [
            start(player="tv"),
            line(100, "play", player="tv"),
            line(5000, "playhead", player="tv", value=4.5),
            line(9000, "sessionEnd", player="tv"),
        ]
        assert mediabeat.replay(calls, dry_run=True).requests == mediabeat.replay(wanted, dry_run=True).requests

    def test_configuration_comes_in_layers(self):
        calls = [line(0, "configure", config={"channel": "of the log"}), *viewing("tv")]
        config = {"channel": "given", "playerName": "given"}
        body = json.loads(mediabeat.replay(calls, dry_run=True, config=config).requests[0].body)
        assert (body["params"]["media.channel"], body["params"]["media.playerName"]) == ("of the log", "given")

    def test_the_endpoint_leads_nowhere_in_a_dry_run(self):
        accounting = mediabeat.replay(viewing("tv"), dry_run=True, to="http://127.0.0.1:1")
        assert accounting.complete

    def test_a_store_of_the_configuration_is_left_alone(self, tmp_path):
        mediabeat.replay(viewing("tv"), dry_run=True, config={"store": str(tmp_path / "store")})
        assert not (tmp_path / "store").exists()

    def test_epoch_moves_the_log(self):
        requests = mediabeat.replay(viewing("tv", ts=500), dry_run=True, epoch=1_700_000_000_000).requests
        assert [requests[0].at, requests[-1].at] == [1_700_000_000_000, 1_700_000_009_000]
        begin = time.time() * 1000
        assert begin - 1 <= mediabeat.replay(viewing("tv"), dry_run=True, epoch="now").requests[0].at <= begin + 5000

    def test_an_exception_of_the_host_ends_the_replay(self):
        def refuse(request):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            mediabeat.replay(viewing("tv"), dry_run=True, on_request=refuse)

    def test_hours_take_milliseconds(self):
        calls = [start(), line(0, "play"), line(3_600_000, "complete")]
        begin = time.perf_counter()
        accounting = mediabeat.replay(calls, dry_run=True)
        assert accounting.stats.accepted > 360
        assert time.perf_counter() - begin < 1


class TestRefusals:
    def test_refused_calls_are_listed_with_their_place(self):
        calls = [line(0, "pause", player="tv"), *viewing("tv")[:3], line(3000, "sendMediaEvent", player="radio")]
        accounting = mediabeat.replay(calls, dry_run=True)
        assert accounting.refused == (
            (1, 0, "tv", "pause", mediabeat.Result.REFUSED_NOT_IN_SESSION, "no session is open"),
            (5, 3000, "radio", "sendMediaEvent", mediabeat.Result.REFUSED_NOT_IN_SESSION, "no session is open"),
        )
        assert accounting.refused[0].line == 1
        assert accounting.refused_calls == 2
        assert accounting.complete
        assert str(accounting).endswith("; 2 calls refused")

    def test_the_library_s_reason_is_there(self):
        options = {"event": {"eventType": "sessionStart"}}
        accounting = mediabeat.replay([line(0, "createMediaSession", player="tv", options=options)], dry_run=True)
        assert accounting.refused[0].result is None
        assert "media.id" in accounting.refused[0].reason

    def test_what_is_lost_is_no_success(self):
        accounting = mediabeat.replay([line(0, "backend", status=400), *viewing("tv")], dry_run=True)
        assert not accounting.complete and accounting.dropped == accounting.stats.accepted
        accounting = mediabeat.replay([line(0, "backend", network="down"), *viewing("tv")], dry_run=True, drain=0)
        assert not accounting.complete and accounting.left == 6

    def test_what_waits_for_consent_is_held_back(self):
        accounting = mediabeat.replay([line(0, "consent", value="unknown"), *viewing("tv")], dry_run=True)
        assert (accounting.held_back, accounting.left, accounting.complete) == (6, 0, True)


class TestWrongUse:
    def test_nothing_is_sent_of_a_log_that_is_wrong_at_its_end(self, collector):
        with pytest.raises(mediabeat.LogError, match='<calls>:7: unknown call "paly"'):
            mediabeat.replay([*viewing("tv"), line(9000, "paly")], to=collector.url, config=CONFIGURATION)
        assert list(collector.sessions()) == []

    def test_a_configuration_that_is_not_complete(self):
        with pytest.raises(mediabeat.ConfigError, match="^to: where to send is missing, .* has no endpoint") as raised:
            mediabeat.replay(viewing("tv"), config=CONFIGURATION)
        assert raised.value.status is mediabeat.Result.MISSING_KEY
        with pytest.raises(mediabeat.ConfigError, match="trackingServer"):
            mediabeat.replay(viewing("tv"), to="http://127.0.0.1:1")

    def test_a_configuration_of_a_wrong_type(self):
        with pytest.raises(mediabeat.ConfigError, match="channel: needs a text, not a number"):
            mediabeat.replay([line(0, "configure", config={"channel": 5}), *viewing("tv")], dry_run=True)

    def test_times_outside_of_the_calendar(self):
        with pytest.raises(mediabeat.LogError, match="epoch moves them"):
            mediabeat.replay([start(-5)], dry_run=True)
        with pytest.raises(mediabeat.LogError, match="epoch moves them"):
            mediabeat.replay([start(0), line(2**52, "tick")], dry_run=True)
        assert mediabeat.replay([start(-5)], dry_run=True, epoch=0).complete

    def test_an_epoch_that_is_none(self):
        for epoch in ("yesterday", 1.5, True):
            with pytest.raises(TypeError, match='epoch: milliseconds since 1970, "now" or None is needed'):
                mediabeat.replay([start(0)], dry_run=True, epoch=epoch)

    def test_requests_that_are_really_sent_are_shown_to_nobody(self):
        with pytest.raises(mediabeat.ArgumentError, match="on_request: only a dry run"):
            mediabeat.replay(viewing("tv"), to="http://127.0.0.1:1", on_request=print)

    @pytest.mark.parametrize(
        ("arguments", "raised", "named"),
        [
            ({"config": "x"}, TypeError, "^config: a mapping is needed, not str"),
            ({"config": [1]}, TypeError, "^config: a mapping is needed, not list"),
            ({"drain": "x"}, TypeError, "^drain: a number is needed, not str"),
            ({"drain": None}, TypeError, "^drain: a number is needed, not NoneType"),
            ({"drain": float("nan")}, mediabeat.ArgumentError, "^drain: the number is not finite"),
            ({"on_request": 5}, TypeError, "^on_request: a callable is needed, not int"),
            ({"to": 5}, TypeError, "^to: a text is needed, not int"),
        ],
    )
    def test_arguments_are_named(self, arguments, raised, named):
        with pytest.raises(raised, match=named):
            mediabeat.replay(viewing("tv"), dry_run=True, **arguments)

    @pytest.mark.parametrize("source", [5, None, start(), b"log.jsonl"])
    def test_what_is_no_source(self, source):
        with pytest.raises(TypeError, match="^source: a path, an open file or calls as dicts is needed, not"):
            mediabeat.replay(source, dry_run=True)

    def test_a_call_that_holds_itself(self):
        call = line(0, "createMediaSession", options={"event": {}})
        call["options"]["event"]["again"] = call
        with pytest.raises(mediabeat.LogError, match="^<calls>:1: more than 64 levels"):
            mediabeat.replay([call], dry_run=True)

    def test_an_iterator_that_fails_is_heard_before_anything_is_sent(self, collector):
        def calls():
            yield start()
            raise LookupError("the cursor is gone")

        with pytest.raises(LookupError, match="the cursor is gone"):
            mediabeat.replay(calls(), to=collector.url, config=CONFIGURATION)
        assert list(collector.sessions()) == []

    def test_a_file_that_is_missing(self):
        with pytest.raises(FileNotFoundError):
            mediabeat.replay("/nowhere.jsonl", dry_run=True)


@pytest.mark.parametrize("protocol", ["collection-v1", "downloaded-v1", "edge-va-v1"])
class TestSending:
    def test_a_collector_gets_what_the_command_sends(self, collector, tmp_path, protocol):
        log, config = LOGS / "vod-with-ads.jsonl", tmp_path / "config.json"
        given = {**CONFIGURATION, "protocol": protocol, "seed": 7}
        config.write_text(json.dumps(given))
        accounting = mediabeat.replay(log, to=collector.url, config=given)
        command = run_mediabeat("replay", "--to", collector.url, "--speed", "max", "--config", config, log)
        assert command.stderr.decode().splitlines()[-1] == f"mediabeat: {accounting}"
        mine, theirs = ([row["event"] for row in collector.events(session["id"])] for session in collector.sessions())
        for event in (*mine, *theirs):
            event.get("mediaCollection", {}).pop("sessionID", None)
        assert mine == theirs

    def test_backends_that_are_away_are_counted(self, protocol):
        config = {**CONFIGURATION, "protocol": protocol}
        accounting = mediabeat.replay(viewing("tv"), to="http://127.0.0.1:1", config=config, drain=0.2)
        assert accounting.left == accounting.stats.accepted == accounting.stats.queued > 0
        assert not accounting.complete
        assert "left undelivered" in str(accounting)

    def test_a_store_keeps_what_is_left_for_the_next_replay(self, collector, tmp_path, protocol):
        config = {**CONFIGURATION, "protocol": protocol, "store": str(tmp_path / "store")}
        first = mediabeat.replay(viewing("tv"), to="http://127.0.0.1:1", config=config, drain=0, epoch="now")
        assert first.complete and first.stats.stored == first.stats.accepted
        second = mediabeat.replay([line(0, "tick")], to=collector.url, config=config, epoch="now")
        assert second.complete and second.stats.recovered == first.stats.stored
        assert len(list(collector.sessions())) == 1


class TestLongLogs:
    @pytest.fixture
    def slow(self):
        with mediabeat.collector(options=["--fault", "delay=2"]) as running:
            yield running

    def test_a_long_log_does_not_overflow_the_queue(self, slow):
        calls = [start(), line(0, "play"), *(line(ts, "playhead", value=1) for ts in range(1, 18_000_000, 600_000))]
        config = {**CONFIGURATION, "queueMaxEvents": 1200}
        accounting = mediabeat.replay(calls, to=slow.url, config=config, epoch="now")
        assert accounting.complete and accounting.stats.accepted > 1700
        assert accounting.stats.delivered == accounting.stats.accepted

    def test_many_players(self, collector):
        calls = sorted(
            (call for number in range(200) for call in viewing(f"tv-{number}", ts=number)), key=lambda call: call["ts"]
        )
        accounting = mediabeat.replay(calls, to=collector.url, config=CONFIGURATION, epoch="now")
        assert str(accounting) == "200 sessions, 1200 events: 1200 delivered"
        assert len(list(collector.sessions())) == 200


class TestProgress:
    CALLS = [line(ts, "tick") for ts in range(500)]

    def on_a_terminal(self, arguments):
        """What a replay shows on standard error, which is a terminal."""
        master, terminal = pty.openpty()
        calls = "[{'ts': ts, 'call': 'tick'} for ts in range(500)]"
        code = f"import mediabeat\nmediabeat.replay({calls}, dry_run=True{arguments})"
        try:
            subprocess.run([sys.executable, "-c", code], stderr=terminal, check=True)
        finally:
            os.close(terminal)
        shown = b""
        try:
            while piece := os.read(master, 4096):
                shown += piece
        except OSError:
            pass
        os.close(master)
        return shown.decode()

    def test_a_terminal_has_a_bar(self):
        shown = self.on_a_terminal("")
        assert "\r\033[K 0% [" in shown.replace("  0%", " 0%")
        assert shown.endswith("100% [##############################] 500 of 500 lines\r\n")
        assert shown.count("\r\033[K") < 50

    def test_a_terminal_has_none_when_it_is_not_wanted(self):
        assert self.on_a_terminal(", progress=False") == ""

    def test_a_pipe_has_none_unless_it_is_wanted(self, capsys):
        mediabeat.replay(self.CALLS, dry_run=True)
        assert capsys.readouterr().err == ""
        mediabeat.replay(self.CALLS, dry_run=True, progress=True)
        assert "500 of 500 lines\n" in capsys.readouterr().err

    def test_a_function_is_told(self):
        told = []
        mediabeat.replay(self.CALLS, dry_run=True, progress=lambda done, all: told.append((done, all)))
        assert told == [(done, 500) for done in range(1, 501)]


def test_an_interrupt_ends_a_replay_and_closes_it(collector):
    """Ctrl-C while it waits for a backend that does not answer."""
    code = (
        "import mediabeat, sys\n"
        "calls = [{'ts': 0, 'call': 'sessionStart', 'info': %r}]\n"
        "print('playing', flush=True)\n"
        "try: mediabeat.replay(calls, to='http://127.0.0.1:1', config=%r, drain=60)\n"
        "except KeyboardInterrupt: print('interrupted')"
    ) % (MEDIA, CONFIGURATION)
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.stdout.readline() == "playing\n"
    assert run.stderr.readline()  # that nobody answers
    run.send_signal(2)
    out, _ = run.communicate(timeout=50)  # less than it would go on
    assert out == "interrupted\n"


def test_an_accounting_goes_between_processes():
    accounting = mediabeat.replay([*viewing("tv"), line(9000, "pause", player="tv")], dry_run=True)
    assert pickle.loads(pickle.dumps(accounting)) == accounting


def test_replays_in_threads_do_not_meet():
    results = {}

    def play(name):
        results[name] = mediabeat.replay(viewing(name), dry_run=True).requests

    threads = [threading.Thread(target=play, args=(f"tv-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, requests in results.items():
        assert {request.player for request in requests} == {name} and len(requests) == 6


def test_the_examples_are_played(collector):
    for log in sorted(LOGS.glob("*.jsonl")):
        assert mediabeat.replay(log, to=collector.url, config=CONFIGURATION, epoch="now").complete
