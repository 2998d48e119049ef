"""The client: configuration, clock, accounting, consent, recording, waiting."""

import logging
import time

import mediabeat
import pytest


def test_configuration_is_read_back(client):
    assert client.config["channel"] == "web"
    assert client.config["mainPingInterval"] == 10
    assert client.config["enableSSL"] is True
    with pytest.raises(TypeError):
        client.config["channel"] = "radio"


def test_keys_are_listed_with_their_meaning():
    keys = mediabeat.config_keys()
    assert keys["endpoint"].startswith("Where to send")
    assert list(keys)[0] == "endpoint"


def test_a_missing_key_is_named():
    with pytest.raises(mediabeat.ConfigError, match="^trackingServer") as raised:
        mediabeat.Client(endpoint="http://127.0.0.1:1")
    assert raised.value.status is mediabeat.Result.MISSING_KEY


def test_a_value_of_another_type_is_named(make_client):
    with pytest.raises(mediabeat.ConfigError, match="mainPingInterval") as raised:
        make_client(mainPingInterval="ten")
    assert raised.value.status is mediabeat.Result.WRONG_TYPE


def test_an_unknown_keyword_is_a_type_error_and_an_unknown_key_a_warning(make_client):
    with pytest.raises(TypeError, match="endpont"):
        make_client(endpont="http://127.0.0.1:1")
    heard = []
    mediabeat.Client({"endpont": "http://a"}, transport=False, log=lambda level, text: heard.append((level, text)))
    assert heard == [(mediabeat.LogLevel.WARNING, "configuration: endpont: no such key; did you mean endpoint?")]
    assert type(heard[0][0]) is mediabeat.LogLevel


def test_messages_go_to_logging(make_client, caplog):
    with caplog.at_level(logging.INFO, logger="mediabeat"):
        tracker = make_client(log=True).tracker("tv")
        tracker.pause()
    assert [(record.name, record.levelname) for record in caplog.records] == [("mediabeat", "INFO")]


def test_the_level_of_a_logger_is_that_of_the_client(make_client):
    logger = logging.getLogger("mediabeat.test")
    logger.setLevel(logging.ERROR)
    assert make_client(log=logger).config["logLevel"] == "error"
    logger.setLevel(logging.DEBUG)
    assert make_client(log=logger).config["logLevel"] == "debug"
    assert make_client(log=logger, logLevel="info").config["logLevel"] == "info"


def test_time_comes_from_the_virtual_clock(backend, clock, client, tracker):
    clock.advance(10)
    client.tick()
    assert backend.events[-1]["playerTime"]["ts"] == 1_000_010_000


def test_time_comes_from_a_callable_to_the_nearest_millisecond(make_client, backend):
    tracker = make_client(clock=lambda: 12.3456).tracker()
    tracker.session_start(id="a", name="A", length=60)
    assert backend.events[0]["playerTime"]["ts"] == 12346


def test_time_is_that_of_the_system_by_default(make_client, backend):
    for clock in (None, time.time):
        before = time.time()
        make_client(clock=clock).tracker().session_start(id="a", name="A", length=60)
        assert before - 0.001 <= backend.events[-1]["playerTime"]["ts"] / 1000 <= time.time() + 0.001


def test_the_next_deadline_is_on_the_clock(clock, client, tracker):
    assert client.next_deadline == clock.now + 1
    tracker.session_end()
    assert client.next_deadline is None


def test_the_accounting_adds_up(client, tracker):
    tracker.buffer_complete()
    stats = client.stats
    assert (stats.accepted, stats.delivered, stats.sessions, stats.refused_calls) == (2, 2, 1, 1)
    assert stats.dropped == dict.fromkeys(mediabeat.Drop, 0)


def test_consent_holds_and_drops(backend, client):
    client.consent = mediabeat.Consent.UNKNOWN
    client.tracker().session_start(id="a", name="A", length=60)
    assert (client.stats.held, backend.events) == (1, [])
    client.consent = mediabeat.Consent.OUT
    assert client.stats.dropped[mediabeat.Drop.CONSENT] == 1
    assert client.consent is mediabeat.Consent.OUT


def test_downloaded_sessions_wait_for_the_network(make_client, backend):
    client = make_client(downloaded=True)
    client.online = False
    tracker = client.tracker()
    tracker.session_start(id="a", name="A", length=60)
    tracker.session_end()
    assert (client.stats.held > 0, backend.events, client.online) == (True, [], False)
    client.online = True
    client.tick()
    assert client.stats.queued == 0


def test_calls_are_recorded_as_a_player_log(client, tmp_path):
    with open(tmp_path / "log.jsonl", "w", encoding="utf-8") as log:
        client.record(log)
        tracker = client.tracker("tv")
        tracker.session_start(id="a", name="A", length=60)
        tracker.play()
    lines = (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert [word in text for word, text in zip(("config", "sessionStart", "play"), lines)] == [True] * 3


def test_recording_comes_before_the_first_tracker(client, tracker):
    with pytest.raises(mediabeat.BusyError) as raised:
        client.record(print)
    assert raised.value.status is mediabeat.Result.TOO_LATE


def test_a_recording_that_is_refused_leaves_the_one_there_is(client):
    lines, others = [], []
    client.record(lines.append)
    tracker = client.tracker()
    with pytest.raises(mediabeat.BusyError):
        client.record(others.append)
    tracker.session_start(id="a", name="A", length=60)
    assert "sessionStart" in lines[-1] and others == []


def test_waiting_lets_time_pass_and_ticks(make_client, backend):
    client = make_client(clock=None, mainPingInterval=10)
    began = time.monotonic()
    client.wait(0.2)
    assert time.monotonic() - began > 0.19


@pytest.mark.parametrize("transport", [None, False, "in Python"])
def test_waiting_is_sleeping(make_client, backend, transport):
    """Whether the transport can wait, has nothing to wait for, or cannot."""
    read = []
    arguments = {"trackingServer": "a", "reportSuite": "b", "orgId": "c@AdobeOrg"}
    client = make_client(
        clock=lambda: read.append(1) or time.time(), transport=backend if transport else transport, **arguments
    )
    read.clear()
    client.wait(0.3)
    assert 2 <= len(read) < 50


def test_waiting_ends_when_something_is_due(make_client):
    class Waiting:
        waits = []

        def send(self, request):
            return mediabeat.Response(201, location="/api/v1/sessions/1")

        def wait(self, timeout):
            self.waits.append(timeout)
            client.stop()

    client = make_client(clock=None, transport=Waiting())
    tracker = client.tracker()
    tracker.session_start(id="a", name="A", length=60, preroll_waiting_time=0)
    tracker.play()
    client.wait(30)
    assert len(Waiting.waits) == 1 and Waiting.waits[0] <= 1  # playback is announced after a second


def test_wait_delivers_what_is_repeated(make_client, backend):
    class Refusing:
        def __init__(self):
            self.requests = 0

        def send(self, request):
            self.requests += 1
            return mediabeat.Response(503) if self.requests == 1 else backend.send(request)

    client = make_client(clock=None, transport=Refusing(), retryInterval=0.02)
    client.tracker().session_start(id="a", name="A", length=60)
    assert client.stats.delivered == 0
    until = time.monotonic() + 60
    while not client.stats.delivered and time.monotonic() < until:
        client.wait(0.05)
    assert client.stats.delivered == 1


def test_run_forever_ends_when_it_is_stopped(make_client):
    times = []

    def clock():
        times.append(time.time())
        if len(times) > 5:
            client.stop()
        return times[-1]

    client = make_client(clock=clock, retryInterval=0.01, transport=FailingOnce(lambda: client.stop()))
    client.tracker().session_start(id="a", name="A", length=60)
    client.run_forever()
    assert client.stats.accepted == 1


@pytest.mark.parametrize(
    ("level", "name"),
    [
        (5, "debug"),
        (logging.DEBUG, "debug"),
        (logging.INFO, "info"),
        (logging.WARNING, "warning"),
        (logging.ERROR, "error"),
        (logging.CRITICAL, "error"),
    ],
)
def test_every_level_of_a_logger_has_a_name(make_client, level, name):
    logger = logging.Logger("of its own", level)
    assert make_client(log=logger).config["logLevel"] == name


@pytest.mark.parametrize(("seconds", "milliseconds"), [(1.001, 1001), (1.0006, 1001), (-1.0006, -1001), (0.29, 290)])
def test_clocks_are_kept_to_the_nearest_millisecond(seconds, milliseconds):
    clock = mediabeat.VirtualClock()
    clock.now = seconds
    assert clock.now_ms == milliseconds == mediabeat.VirtualClock(seconds).now_ms


def test_waiting_goes_on_after_a_stop(make_client):
    client = make_client(clock=None)
    client.stop()
    began = time.monotonic()
    client.wait(0.05)
    assert time.monotonic() - began >= 0.05


class FailingOnce:
    """Fails, and stops the loop at the second request."""

    def __init__(self, stop):
        self.requests = 0
        self.stop = stop

    def send(self, request):
        self.requests += 1
        if self.requests > 1:
            self.stop()
        return mediabeat.Response(0, error="no network")


def test_libcurl_delivers_nothing_where_nobody_listens(make_client):
    client = make_client(transport=None, clock=None, trackingServer="a", reportSuite="b", orgId="c@AdobeOrg")
    client.tracker().session_start(id="a", name="A", length=60)
    client.wait(0.1)
    client.close(0)
    assert client.stats.dropped[mediabeat.Drop.CLOSED] == 1


def test_closing_frees_everything_once(client, tracker):
    with client:
        pass
    assert (client.closed, tracker.closed) == (True, True)
    client.close()
    tracker.close()
    assert client.stats.delivered == 2
    assert repr(client) == "<mediabeat.Client closed>"


def test_an_asynchronous_transport_answers_later(make_client):
    taken = []

    class Later:
        def send(self, request):
            taken.append(request)

    client = make_client(transport=Later())
    ids = []
    session = client.create_media_session(
        {
            "eventType": "sessionStart",
            "params": {
                "media.id": "a",
                "media.name": "A",
                "media.length": 60,
                "media.contentType": "vod",
                "media.streamType": "video",
            },
        },
        player="p",
        session_id=ids.append,
    )
    (request,) = taken
    assert (request.method, request.content_type, request.player, request.session) == (
        "POST",
        "application/json",
        "p",
        1,
    )
    assert request.url == "http://127.0.0.1:1" + request.path
    request.complete(mediabeat.Response(201, location="/api/v1/sessions/x"))
    assert (ids, session.id) == (["x"], "x")
    with pytest.raises(mediabeat.ClosedError):
        request.complete(mediabeat.Response(204))
    with pytest.raises(mediabeat.ClosedError):
        request.body  # noqa: B018


def test_a_busy_transport_is_asked_again(make_client, clock, backend):
    class Busy:
        times = 0

        def send(self, request):
            self.times += 1
            if self.times == 1:
                raise mediabeat.BusyError("not now")
            return backend.send(request)

    client = make_client(transport=Busy())
    client.tracker().session_start(id="a", name="A", length=60)
    assert client.next_deadline == clock.now + 0.1
    clock.advance(0.1)
    client.tick()
    assert client.stats.delivered == 1


def test_the_driver_is_told_when_the_deadline_differs(client, clock):
    told = []
    client._set_wake(lambda: told.append(client.next_deadline))
    tracker = client.tracker()
    tracker.session_start(id="a", name="A", length=60, preroll_waiting_time=0)
    tracker.play()
    tracker.update_playhead(1)
    assert told[-1] == clock.now + 1
    count = len(told)
    tracker.update_playhead(2)
    assert len(told) == count


def test_the_driver_is_told_when_the_descriptor_differs(make_client):
    class Watched:
        socket = 7

        def send(self, request):
            self.request = request

        def descriptor(self):
            return self.socket

    transport, told = Watched(), []
    client = make_client(transport=transport)
    client.tracker().session_start(id="a", name="A", length=60, preroll_waiting_time=0)
    client._set_wake(lambda: told.append(client.descriptor))
    client.deliver()
    transport.socket = 8
    client.deliver()
    assert told == [8]
