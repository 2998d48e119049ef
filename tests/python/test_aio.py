"""The asyncio driver: who wakes the loop, who hears of exceptions, and how it ends."""

import asyncio
import gc
import os
import socket
import threading
import time
import weakref

import mediabeat
import mediabeat.aio
import pytest
from shared import CONFIGURATION

MEDIA = {"id": "m1", "name": "Metropolis", "length": 60, "preroll_waiting_time": 0}
PATIENCE = 60  # seconds until a test gives up; nothing waits this long when all is well
PARAMS = {
    "media.id": "m1",
    "media.name": "Metropolis",
    "media.length": 60,
    "media.contentType": "vod",
    "media.streamType": "video",
}


@pytest.fixture
def collector():
    with mediabeat.collector() as running:
        yield running


def client_for(url, **arguments):
    return mediabeat.Client({**CONFIGURATION, **arguments.pop("config", {})}, endpoint=url, **arguments)


class Backend:
    """A transport in Python that answers at once, as everything that is wrong with it says."""

    def __init__(self, status=201):
        self.status = status
        self.requests = []

    def send(self, request):
        self.requests.append(request.path)
        return mediabeat.Response(self.status, location="/api/v1/sessions/1", error=None if self.status else "down")


class LateBackend:
    """A transport that answers when it is told to, from outside of any call."""

    def __init__(self):
        self.waiting = []

    def send(self, request):
        self.waiting.append(request)

    def answer(self):
        for request in list(self.waiting):
            self.waiting.remove(request)
            request.complete(mediabeat.Response(201, location="/api/v1/sessions/1"))


class Wakes:
    """Counts how often the running loop goes round for something else than ourselves."""

    def __init__(self):
        selector = asyncio.get_running_loop()._selector
        self.count, select = 0, selector.select

        def counted(timeout=None):
            self.count += 1
            return select(timeout)

        selector.select = counted


async def until(condition):
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up
        await asyncio.sleep(0.02)


async def is_quiet():
    """Whether there is a second in which nothing wakes the loop but our own sleep. What is late may come before."""
    for _ in range(5):
        wakes = Wakes()
        await asyncio.sleep(1)
        if wakes.count <= 3:
            return True
    return False


def test_events_are_delivered_while_the_loop_runs(collector):
    async def watch():
        async with mediabeat.aio.Driver(client_for(collector.url), timeout=PATIENCE) as driver:
            tracker = driver.client.tracker("tv")
            tracker.session_start(MEDIA)
            tracker.play()
            assert await driver.drain(PATIENCE)
            stats = driver.client.stats
            assert (stats.accepted, stats.delivered) == (2, 2)
            tracker.session_end()
        assert driver.client.closed
        return driver.client.stats

    stats = asyncio.run(watch())
    assert (stats.accepted, stats.delivered) == (3, 3)
    assert [row["eventType"] for row in collector.events()] == ["sessionStart", "play", "sessionEnd"]


def test_a_thousand_sessions(collector):
    async def viewer(client, number):
        with client.tracker(f"tv-{number}") as tracker:
            await asyncio.sleep(number % 100 / 100)
            tracker.session_start({**MEDIA, "id": f"m{number}"})
            tracker.play()
            await asyncio.sleep(1.2)
            tracker.update_playhead(1.2)
            tracker.pause()
            tracker.play()
            await asyncio.sleep(0.3)
            tracker.session_end()

    async def serve():
        async with mediabeat.aio.Driver(client_for(collector.url), timeout=PATIENCE) as driver:
            await asyncio.gather(*(viewer(driver.client, number) for number in range(1000)))
        return driver.client.stats

    stats = asyncio.run(serve())
    assert stats.sessions == 1000
    assert stats.accepted == stats.delivered
    sessions = list(collector.sessions())
    assert sorted(row["mediaId"] for row in sessions) == sorted(f"m{number}" for number in range(1000))
    assert {row["state"] for row in sessions} == {"closed"}
    assert sum(row["eventCount"] for row in sessions) == stats.accepted


def test_a_driver_wants_a_client():
    with pytest.raises(TypeError, match="client: a mediabeat.Client is needed, not int"):
        mediabeat.aio.Driver(3)


def test_timers_fire_at_their_time(collector):
    async def watch():
        begin = time.time()
        async with mediabeat.aio.Driver(client_for(collector.url), timeout=PATIENCE) as driver:
            tracker = driver.client.tracker("tv")
            tracker.session_start(MEDIA)
            tracker.play()
            await until(lambda: driver.client.stats.delivered == 3)
        return begin, time.time()

    begin, end = asyncio.run(watch())
    announced = [row for row in collector.events() if row["eventType"] == "play"][1]
    assert begin + 0.99 <= announced["ts"] / 1000 <= end


def test_an_idle_client_wakes_nobody(collector):
    async def idle():
        async with mediabeat.aio.Driver(client_for(collector.url), timeout=PATIENCE) as driver:
            trackers = [driver.client.tracker(f"tv-{number}") for number in range(100)]
            for tracker in trackers:
                tracker.session_start(MEDIA)
                tracker.play()
                tracker.pause()
            assert await driver.drain(PATIENCE)
            await asyncio.sleep(1.2)  # the announcement of playback
            await driver.drain(PATIENCE)
            return await is_quiet()

    assert asyncio.run(idle())


def test_nothing_is_polled_while_a_backend_is_down():
    async def wait_for_a_retry():
        said = []
        config = {"retryInterval": 30, "retryIntervalMax": 60}
        client = client_for("http://127.0.0.1:1", config=config, log=lambda level, text: said.append(text))
        async with mediabeat.aio.Driver(client, timeout=0) as driver:
            driver.client.tracker("tv").session_start(MEDIA)
            await until(lambda: said)  # that nobody answers
            assert driver.client.stats.queued == 1
            return await is_quiet()

    assert asyncio.run(wait_for_a_retry())


def test_a_slow_answer_wakes_the_loop_once_it_comes():
    """A server that thinks: meanwhile there is nothing to do."""
    listener = socket.create_server(("127.0.0.1", 0))
    thought = threading.Event()

    def serve():
        connection, _ = listener.accept()
        connection.recv(65536)
        thought.wait()
        connection.sendall(b"HTTP/1.1 201 Created\r\nLocation: /api/v1/sessions/1\r\nContent-Length: 0\r\n\r\n")
        connection.recv(65536)

    threading.Thread(target=serve, daemon=True).start()

    async def wait_for_an_answer():
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with mediabeat.aio.Driver(client_for(url), timeout=0) as driver:
            driver.client.tracker("tv").session_start(MEDIA)
            await asyncio.sleep(0.3)
            quiet = await is_quiet()
            thought.set()
            assert await driver.drain(PATIENCE)
            return quiet

    assert asyncio.run(wait_for_an_answer())


def test_a_client_has_one_driver_at_a_time():
    async def drive_twice():
        client = client_for("http://127.0.0.1:9", transport=Backend())
        driver = mediabeat.aio.Driver(client)
        driver.start()
        driver.start()
        with pytest.raises(mediabeat.BusyError, match="^client: another driver moves it already"):
            mediabeat.aio.Driver(client).start()
        driver.stop()
        left = mediabeat.aio.Driver(client)
        left.start()
        return client, left

    client, left = asyncio.run(drive_twice())

    async def drive_on():
        async with mediabeat.aio.Driver(client):  # the loop of the one before is gone
            left.stop()
            with pytest.raises(mediabeat.BusyError):
                mediabeat.aio.Driver(client).start()
            tracker = client.tracker("tv")
            tracker.session_start(MEDIA)
            tracker.play()
            await until(lambda: client.stats.delivered == 3)  # playback is announced after a second

    asyncio.run(drive_on())


def test_time_outs_are_named():
    async def drain():
        async with mediabeat.aio.Driver(client_for("http://127.0.0.1:9", transport=Backend())) as driver:
            with pytest.raises(TypeError, match="^timeout: a number is needed, not str"):
                await driver.drain("x")

    asyncio.run(drain())
    client = client_for("http://127.0.0.1:9", transport=Backend())
    for timeout, raised in (("x", TypeError), (None, TypeError), (float("nan"), ValueError)):
        with pytest.raises(raised, match="^timeout: "):
            mediabeat.aio.Driver(client, timeout=timeout)


def test_many_calls_arrange_the_loop_once():
    async def call_often():
        async with mediabeat.aio.Driver(client_for("http://127.0.0.1:9", transport=Backend())) as driver:
            arranged = []
            arrange = driver._arrange
            driver._arrange = lambda: arranged.append(1) or arrange()
            for number in range(50):
                tracker = driver.client.tracker(f"tv-{number}")
                tracker.session_start(MEDIA)
                tracker.play()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            return len(arranged)

    assert asyncio.run(call_often()) == 1


def test_calls_from_another_thread_wake_the_loop(collector):
    """Nothing else does: the loop has no timer but that of the test's own patience."""

    async def watch():
        async with mediabeat.aio.Driver(client_for(collector.url, check_same_thread=False), timeout=PATIENCE) as driver:
            answered = asyncio.get_running_loop().create_future()
            event = {"eventType": "sessionStart", "playerTime": {"playhead": 0}, "params": PARAMS}
            sessions = []

            def create():
                time.sleep(0.1)
                sessions.append(driver.client.create_media_session(event, session_id=answered.set_result))

            thread = threading.Thread(target=create)
            thread.start()
            await asyncio.wait_for(answered, PATIENCE)
            thread.join()

    asyncio.run(watch())


def test_a_timer_that_comes_while_another_thread_waits_in_the_client():
    class Waiting(Backend):
        waits, go_on = threading.Event(), threading.Event()

        def wait(self, timeout):
            self.waits.set()
            self.go_on.wait(30)

    async def watch():
        backend = Waiting()
        client = client_for("http://127.0.0.1:9", transport=backend, check_same_thread=False)
        async with mediabeat.aio.Driver(client):
            tracker = client.tracker("tv")
            tracker.session_start(MEDIA)
            tracker.play()
            thread = threading.Thread(target=lambda: client.wait_for_io(30))
            thread.start()
            backend.waits.wait(PATIENCE)
            await asyncio.sleep(1.3)  # playback is announced after a second
            assert len(backend.requests) == 2
            backend.go_on.set()
            thread.join()
            until = time.monotonic() + 30
            while len(backend.requests) < 3 and time.monotonic() < until:
                await asyncio.sleep(0.05)
            return len(backend.requests)

    assert asyncio.run(watch()) == 3


def test_a_driver_that_has_stopped_is_let_go():
    async def stop():
        client = client_for("http://127.0.0.1:9", transport=Backend())
        driver = mediabeat.aio.Driver(client)
        driver.start()
        client.tracker("tv").session_start(MEDIA)
        driver.stop()
        return client, weakref.ref(driver)

    client, there = asyncio.run(stop())
    gc.collect()
    assert there() is None
    client.close(0)


class TestExceptions:
    def test_one_of_a_timer_goes_to_the_loop_s_handler(self):
        heard = []

        async def watch():
            asyncio.get_running_loop().set_exception_handler(lambda loop, context: heard.append(context))
            backend = Backend()
            async with mediabeat.aio.Driver(client_for("http://127.0.0.1:9", transport=backend)) as driver:
                tracker = driver.client.tracker("tv")
                tracker.session_start(MEDIA)
                tracker.play()

                def gone():
                    raise LookupError("no player")

                tracker.set_player_details(gone)
                await until(lambda: heard)
                tracker.set_player_details(None)
                await until(lambda: len(backend.requests) == 3)
                return backend.requests

        requests = asyncio.run(watch())
        assert [type(context["exception"]) for context in heard] == [LookupError]
        assert heard[0]["client"].closed
        assert len(requests) == 3  # the event that asked went out with what was known

    def test_one_that_comes_while_drain_is_awaited_goes_there(self):
        class Failing(LateBackend):
            burns = True

            def poll(self):
                if self.burns:
                    self.burns = False
                    raise OSError("the network card is on fire")
                self.answer()

        async def watch():
            async with mediabeat.aio.Driver(client_for("http://127.0.0.1:9", transport=Failing())) as driver:
                driver.client.tracker("tv").session_start(MEDIA)
                with pytest.raises(OSError, match="on fire"):
                    await driver.drain(PATIENCE)
                assert await driver.drain(PATIENCE)

        asyncio.run(watch())

    def test_one_of_a_call_is_the_call_s(self):
        async def watch():
            async with mediabeat.aio.Driver(client_for("http://127.0.0.1:9", transport=Backend())) as driver:
                tracker = driver.client.tracker("tv", player_details=lambda: 1 / 0)
                with pytest.raises(ZeroDivisionError):
                    tracker.session_start(MEDIA)

        asyncio.run(watch())


class TestEnds:
    def test_what_cannot_be_delivered_in_time_is_counted(self):
        async def watch():
            backend = Backend(status=503)
            begin = time.monotonic()
            async with mediabeat.aio.Driver(client_for("http://127.0.0.1:9", transport=backend), timeout=0.3) as driver:
                driver.client.tracker("tv").session_start(MEDIA)
                assert not await driver.drain(0.1)
            assert time.monotonic() - begin > 0.35
            assert not await driver.drain()
            return driver.client.stats

        assert asyncio.run(watch()).dropped[mediabeat.Drop.CLOSED] == 1

    def test_an_exception_in_the_block_closes_too(self):
        async def watch():
            client = client_for("http://127.0.0.1:9", transport=Backend())
            with pytest.raises(KeyError):
                async with mediabeat.aio.Driver(client):
                    raise KeyError
            return client.closed

        assert asyncio.run(watch())

    def test_a_task_that_is_cancelled_closes_too(self, collector):
        async def watch(client):
            async with mediabeat.aio.Driver(client, timeout=PATIENCE):
                client.tracker("tv").session_start(MEDIA)
                await asyncio.sleep(60)

        async def cancel():
            client = client_for(collector.url)
            task = asyncio.create_task(watch(client))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return client

        client = asyncio.run(cancel())
        assert client.closed and client.stats.delivered == 1

    def test_a_client_that_is_closed_meanwhile_is_let_go(self, collector):
        async def watch():
            async with mediabeat.aio.Driver(client_for(collector.url), timeout=PATIENCE) as driver:
                tracker = driver.client.tracker("tv")
                tracker.session_start(MEDIA)
                tracker.play()
                driver.client.close(timeout=5)
                await asyncio.sleep(1.2)

        asyncio.run(watch())

    def test_drain_ends_when_another_task_closes(self):
        async def watch():
            backend = LateBackend()
            driver = mediabeat.aio.Driver(client_for("http://127.0.0.1:9", transport=backend), timeout=0)
            driver.start()
            driver.client.tracker("tv").session_start(MEDIA)
            drain = asyncio.create_task(driver.drain())
            await asyncio.sleep(0)
            await driver.close()
            return await asyncio.wait_for(drain, PATIENCE)

        assert asyncio.run(watch()) is False

    def test_a_driver_can_stop_and_another_go_on(self, collector):
        async def watch(client, first):
            driver = mediabeat.aio.Driver(client, timeout=PATIENCE)
            driver.start()
            driver.start()
            if first:
                client.tracker("tv").session_start(MEDIA)
                driver.stop()
                driver.stop()
            else:
                await driver.close()

        client = client_for(collector.url)
        asyncio.run(watch(client, True))
        assert not client.closed
        asyncio.run(watch(client, False))
        assert client.stats.delivered == 1

    def test_nothing_stays_open(self, collector):
        async def watch():
            async with mediabeat.aio.Driver(client_for(collector.url), timeout=PATIENCE) as driver:
                driver.client.tracker("tv").session_start(MEDIA)

        asyncio.run(watch())
        before = sorted(os.listdir("/proc/self/fd"))
        asyncio.run(watch())
        assert sorted(os.listdir("/proc/self/fd")) == before


class TestOtherTransports:
    def test_answers_from_outside_end_a_drain(self):
        async def watch():
            backend = LateBackend()
            async with mediabeat.aio.Driver(client_for("http://127.0.0.1:9", transport=backend)) as driver:
                driver.client.tracker("tv").session_start(MEDIA)
                asyncio.get_running_loop().call_later(0.1, backend.answer)
                return await driver.drain(PATIENCE)

        assert asyncio.run(watch())

    def test_one_with_poll_alone_is_polled_while_events_wait(self):
        class Polled(LateBackend):
            polls = 0

            def poll(self):
                self.polls += 1
                if self.polls == 5:
                    self.answer()

        async def watch():
            backend = Polled()
            async with mediabeat.aio.Driver(client_for("http://127.0.0.1:9", transport=backend)) as driver:
                driver.client.tracker("tv").session_start(MEDIA)
                await until(lambda: driver.client.stats.delivered == 1)
                polls = backend.polls
                assert await is_quiet()
                assert backend.polls == polls

        asyncio.run(watch())

    def test_one_with_a_descriptor_is_watched(self):
        class Watched(LateBackend):
            def __init__(self):
                super().__init__()
                self.reader, self.writer = os.pipe()
                self.polls = 0

            def descriptor(self):
                return self.reader

            def poll(self):
                self.polls += 1
                if self.waiting and self.polls > 1:
                    os.read(self.reader, 1)
                    self.answer()

        async def watch():
            backend = Watched()
            async with mediabeat.aio.Driver(client_for("http://127.0.0.1:9", transport=backend)) as driver:
                driver.client.tracker("tv").session_start(MEDIA)
                await asyncio.sleep(0.3)
                assert driver.client.stats.delivered == 0
                polls = backend.polls
                backend.polls = 1
                os.write(backend.writer, b"x")
                assert await driver.drain(PATIENCE)
                assert not asyncio.get_running_loop().remove_reader(backend.reader), "still watched"
                return polls

        assert asyncio.run(watch()) <= 2
