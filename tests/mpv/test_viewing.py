"""What a viewer does with mpv, and the sessions that the collector then has: all events, the playheads within 0.5 s."""

import contextlib
import http.server
import threading
import time

from collected import PATIENCE, check, wait_for


def paused(collector, mpv, clip):
    """In front of its first picture, and the collector knows."""
    player = mpv(clip, "--pause", endpoint=collector.url).connect()
    collector.wait_for(lambda session: len(session) >= 2)
    return player


def sessions_of(collector, player):
    player.finish()
    return collector.export()


def test_played_to_the_end(collector, mpv, clips):
    (session,) = sessions_of(collector, mpv(clips.short(), endpoint=collector.url))
    check(session, "sessionStart 0", "play 0", "play 1", "sessionComplete 2")
    params = session[0]["params"]
    assert (params["media.id"], params["media.name"]) == ("film-2.mkv", "film-2.mkv")
    assert (params["media.contentType"], params["media.streamType"]) == ("vod", "video")
    assert abs(params["media.length"] - 2) < 0.1
    assert (params["media.playerName"], params["media.channel"]) == ("mpv", "channel")


def test_pause(collector, mpv, clips):
    player = mpv(clips.film(), endpoint=collector.url).connect()
    player.play_to(0.5)
    at = player.pause()
    collector.wait_for(lambda session: len(session) >= 3)
    player.pause(False)
    player.play_to(at + 0.3)
    end = player.leave(player.quit)
    (session,) = collector.export()
    check(session, "sessionStart 0", "play 0", "?play 1", f"pauseStart {at}", f"play {at}", f"?play {at + 1}",
          f"sessionEnd {end}")  # fmt: skip
    paused = session.types.index("pauseStart")
    assert abs(session.playheads("pauseStart")[0] - at) < 0.1
    assert abs(session[paused + 1]["playerTime"]["playhead"] - at) < 0.1
    assert session[paused + 1]["playerTime"]["ts"] > session[paused]["playerTime"]["ts"]


def test_paused_from_the_beginning(collector, mpv, clips):
    player = paused(collector, mpv, clips.film())
    player.quit()
    check(*collector.export(), "sessionStart 0", "pauseStart 0", "sessionEnd 0")


def test_seek(collector, mpv, clips):
    player = mpv(clips.film(), endpoint=collector.url).connect()
    player.play_to(0.6)
    left = player.leave(lambda: player.seek(4))
    player.play_to(4.2)
    end = player.leave(player.quit)
    check(*collector.export(), "sessionStart 0", "play 0", "?play 1", f"pauseStart {left}", "play 4", "?play 5",
          f"sessionEnd {end}")  # fmt: skip


def test_seek_while_paused(collector, mpv, clips):
    """Where the viewer leaves is where the pause began, however long it lasted."""
    player = paused(collector, mpv, clips.film())
    begin = time.monotonic()
    wait_for(lambda: time.monotonic() - begin > 1)
    player.seek(3)
    collector.wait_for(lambda session: len(session) >= 4)
    player.pause(False)
    player.play_to(3.3)
    end = player.leave(player.quit)
    check(*collector.export(), "sessionStart 0", "pauseStart 0", "pauseStart 0", "pauseStart 3", "play 3", "?play 4",
          f"sessionEnd {end}")  # fmt: skip


def test_seek_where_all_is_near_the_end(collector, mpv, clips):
    """A second before the end of a song of half a second: it is not repeated for that."""
    player = paused(collector, mpv, clips.song())
    player.seek(0.1)
    collector.wait_for(lambda session: len(session) >= 4)
    player.quit()
    check(*collector.export(), "sessionStart 0", "pauseStart 0", "pauseStart 0", "pauseStart 0.1", "sessionEnd 0.1")


def test_quit_in_the_middle(collector, mpv, clips):
    player = mpv(clips.film(), endpoint=collector.url).connect()
    player.play_to(0.7)
    end = player.leave(player.quit)
    check(*collector.export(), "sessionStart 0", "play 0", "?play 1", f"sessionEnd {end}")


def test_killed_and_ended_by_the_next_one(collector, mpv, clips):
    player = mpv(clips.film(), endpoint=collector.url).connect()
    player.play_to(0.3)
    collector.wait_for(lambda session: len(session) >= 2)
    player.process.kill()
    player.process.wait()
    killed, _ = sessions_of(collector, mpv(clips.song(), endpoint=collector.url))
    (end,) = killed.playheads("sessionEnd")
    check(killed, "sessionStart 0", "play 0", "?play 1", f"sessionEnd {end}")
    assert end == killed.playheads("play")[-1], "where it was said to be last"


def test_playhead_follows_the_speed(collector, mpv, clips):
    """Ten seconds later there is a ping, from mpv's timer."""
    player = mpv(clips.film(), "--speed=2", endpoint=collector.url).connect()
    collector.wait_for(lambda session: "ping" in session.types)
    player.quit()
    (session,) = collector.export()
    assert session.types == ["sessionStart", "play", "play", "ping", "sessionEnd"]
    began, announced = session.times("play")
    assert abs(session.playheads("play")[1] - 2 * (announced - began)) <= 0.5
    assert abs(session.playheads("ping")[0] - 2 * (session.times("ping")[0] - began)) <= 0.5


def test_playhead_goes_backward(collector, mpv, clips):
    player = mpv(clips.film(), "--start=20", "--play-dir=backward", endpoint=collector.url).connect()
    player.wait_value("time-pos", lambda at: at <= 18.2)
    left = player.leave(lambda: player.seek(40))
    player.wait_value("time-pos", lambda at: at <= 39.3)
    end = player.leave(player.quit)
    (session,) = collector.export()
    check(session, "sessionStart 20", "play 20", "play 19", f"pauseStart {left}", "play 40", "?play 39",
          f"sessionEnd {end}")  # fmt: skip


def test_playlist_of_two(collector, mpv, clips):
    film, song = sessions_of(collector, mpv(clips.short(), clips.song(), endpoint=collector.url))
    check(film, "sessionStart 0", "play 0", "play 1", "sessionComplete 2")
    check(song, "sessionStart 0", "play 0", "sessionComplete 0.6")
    assert song[0]["params"]["media.id"] == "song.wav"
    assert (song[0]["params"]["media.contentType"], song[0]["params"]["media.streamType"]) == ("aod", "audio")


def test_cover_is_no_video(collector, mpv, clips):
    (session,) = sessions_of(collector, mpv(clips.song_with_cover(), endpoint=collector.url))
    check(session, "sessionStart 0", "play 0", "sessionComplete 0.6")
    assert (session[0]["params"]["media.contentType"], session[0]["params"]["media.streamType"]) == ("aod", "audio")


def test_next_in_the_playlist(collector, mpv, clips):
    player = mpv(clips.film(), clips.song(), endpoint=collector.url).connect()
    player.play_to(0.5)

    def watch_the_next():
        player.command("playlist-next")
        player.finish()

    left = player.leave(watch_the_next)
    film, song = collector.export()
    check(film, "sessionStart 0", "play 0", "?play 1", f"sessionEnd {left}")
    check(song, "sessionStart 0", "play 0", "sessionComplete 0.6")


def test_repeated_file(collector, mpv, clips):
    first, second = sessions_of(collector, mpv(clips.short(), "--loop-file=1", endpoint=collector.url))
    check(first, "sessionStart 0", "play 0", "play 1", "sessionComplete 2")
    check(second, "sessionStart 0", "play 0", "play 1", "sessionComplete 2")


def test_file_that_stays_open_is_watched_again(collector, mpv, clips):
    player = mpv(clips.short(), "--keep-open=yes", endpoint=collector.url).connect()
    collector.wait_for(lambda session: "sessionComplete" in session.types)
    player.seek(1)
    player.pause(False)
    player.play_to(1.3)
    player.quit()
    first, second = collector.export()
    assert first.types[-1] == "sessionComplete" and abs(first.playheads("sessionComplete")[0] - 2) <= 0.5
    assert second.types[0] == "sessionStart" and second.types[-2] == "play"
    assert second.types[-1] in ("sessionEnd", "sessionComplete")  # there is little left to be played
    assert 1 <= second[-1]["playerTime"]["playhead"] <= 2.5


def test_chapters(collector, mpv, clips):
    player = mpv(clips.chapters(), endpoint=collector.url).connect()
    player.play_to(3.3)  # into the second one
    collector.wait_for(lambda session: session.types.count("chapterStart") == 2)
    into_the_third = player.leave(lambda: player.play_on("add", "chapter", 1))
    player.play_to(30.3)
    back_to_the_first = player.leave(lambda: player.seek(0.2))
    player.play_to(0.4)
    end = player.leave(player.quit)
    (session,) = collector.export()
    check(session, "sessionStart 0", "chapterStart 0", "play 0", "play 1", "chapterComplete 3", "chapterStart 3",
          f"pauseStart {into_the_third}", f"chapterSkip {into_the_third}", "chapterStart 30", "play 30", "?play 31",
          f"pauseStart {back_to_the_first}", f"chapterSkip {back_to_the_first}", "chapterStart 0.2", "play 0.2",
          "?play 1.2", f"chapterSkip {end}", f"sessionEnd {end}")  # fmt: skip
    assert session[0]["params"]["media.name"] == "A film"
    names = session.params("chapterStart", "media.chapter.friendlyName")
    assert names == ["The Bridge", "The Lab", "The Chase", "The Bridge"]
    assert session.params("chapterStart", "media.chapter.index") == [1, 2, 3, 1]
    assert [round(x, 1) for x in session.params("chapterStart", "media.chapter.offset")] == [0, 3, 30, 0]
    assert [round(x, 1) for x in session.params("chapterStart", "media.chapter.length")] == [3, 27, 30, 3]


def test_chapters_without_length_are_passed_over(collector, mpv, clips):
    (session,) = sessions_of(collector, mpv(clips.chapters_without_length(), endpoint=collector.url))
    assert session.params("chapterStart", "media.chapter.friendlyName") == ["The Bridge", "The Lab"]
    assert session.types.count("chapterComplete") == 2
    assert abs(session.playheads("chapterComplete")[0] - 3) <= 0.5


def test_chapters_that_are_files_have_no_folders(collector, mpv, clips):
    """mpv names them by their paths."""
    player = mpv("--merge-files", clips.short(), clips.song(), endpoint=collector.url)
    (session,) = sessions_of(collector, player)
    assert session.params("chapterStart", "media.chapter.friendlyName") == ["film-2.mkv", "song.wav"]
    assert str(clips.folder) not in str(session)


def test_last_chapter_is_complete_at_the_end(collector, mpv, clips):
    (session,) = sessions_of(collector, mpv(clips.chapters(), "--start=59", endpoint=collector.url))
    assert session.types[-2:] == ["chapterComplete", "sessionComplete"]
    assert abs(session.playheads("chapterStart")[0] - 59) <= 0.5


def test_states(collector, mpv, clips):
    player = mpv(clips.film(), "--mute=yes", endpoint=collector.url).connect()
    player.play_to(0.3)
    player.command("set_property", "fullscreen", True)
    player.command("set_property", "mute", False)
    player.play_to(0.6)
    player.quit()
    (session,) = collector.export()
    kinds = [kind for kind in session.types if kind != "play"]  # there is another one after a second
    assert session.types[:3] == ["sessionStart", "stateStart", "play"]
    assert sorted(kinds[2:4]) == ["stateEnd", "stateStart"] and kinds[4:] == ["sessionEnd"]
    assert session.params("stateStart", "media.state.name") == ["mute", "fullscreen"]
    assert session.params("stateEnd", "media.state.name") == ["mute"]


def quality_of(session):
    last = {}
    for event in session:
        last |= event.get("qoeData", {})
    return last


def test_dropped_frames(collector, mpv, clips):
    """At this speed mpv leaves some out. How many, it says itself."""
    player = mpv(clips.film(), "--speed=50", "--keep-open=yes", endpoint=collector.url).connect()
    player.play_to(20)
    dropped = player.command("get_property", "frame-drop-count")
    player.quit()
    (session,) = collector.export()
    assert quality_of(session)["media.qoe.droppedFrames"] >= dropped


def test_quality(collector, mpv, clips):
    (session,) = sessions_of(collector, mpv(clips.short(), endpoint=collector.url))
    last = quality_of(session)
    assert last["media.qoe.bitrate"] > 100_000 and last["media.qoe.framesPerSecond"] == 25
    assert 0 < last["media.qoe.timeToStart"] < PATIENCE * 1000 and last["media.qoe.droppedFrames"] >= 0


def test_another_track_is_another_bitrate(collector, mpv, clips):
    both = clips.ffmpeg("two.mkv", "-i", clips.film(), "-i", clips.film(), "-map", "0:v", "-map", "1:v", "-c", "copy")
    player = mpv(both, endpoint=collector.url).connect()
    player.play_to(0.4)
    player.command("set_property", "vid", 2)
    player.play_to(0.8)
    player.quit()
    (session,) = collector.export()
    assert session.types.count("bitrateChange") == 1
    assert session.types[0] == "sessionStart" and session.types[-1] == "sessionEnd"


# What goes wrong


def test_file_that_is_none(collector, mpv, clips):
    (session,) = sessions_of(collector, mpv(clips.noise(), endpoint=collector.url))
    check(session, "sessionStart 0", "error 0", "sessionEnd 0")
    assert session[1]["qoeData"]["media.qoe.errorID"] == "unrecognized file format"
    assert session[0]["params"]["media.id"] == "noise.mkv"


def test_file_that_is_not_there_and_one_after_it(collector, mpv, clips):
    player = mpv(clips.folder / "gone.mkv", clips.song(), endpoint=collector.url)
    missing, song = sessions_of(collector, player)
    check(missing, "sessionStart 0", "error 0", "sessionEnd 0")
    assert song.types[-1] == "sessionComplete"


def test_file_with_a_hole(collector, mpv, clips):
    (session,) = sessions_of(collector, mpv(clips.damaged(), endpoint=collector.url))
    assert session.types[:2] == ["sessionStart", "play"] and session.types[-1] in ("sessionComplete", "sessionEnd")


class HalfAFile(http.server.BaseHTTPRequestHandler):
    """Gives the first half, then nothing until it may go on."""

    def do_GET(self):
        data = self.server.path.read_bytes()
        self.send_response(200)
        if self.server.tells_length:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(data[: len(data) // 2])
            self.server.go_on.wait(PATIENCE)
            self.wfile.write(data[len(data) // 2 :])

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def half_a_file(path, tells_length=True):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), HalfAFile)
    server.path, server.tells_length, server.go_on = path, tells_length, threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server, f"http://127.0.0.1:{server.server_port}/films/private/half.mkv?token=secret"
    server.go_on.set()
    server.shutdown()


def test_buffering(collector, mpv, clips):
    with half_a_file(clips.film(6)) as (server, url):
        player = mpv(url, "--cache=yes", "--cache-pause-wait=0.1", endpoint=collector.url).connect()
        player.wait_value("paused-for-cache", lambda stalled: stalled)
        at = player.command("get_property", "time-pos")
        collector.wait_for(lambda session: "bufferStart" in session.types)
        server.go_on.set()
        player.wait_value("paused-for-cache", lambda stalled: not stalled)
        player.play_to(at + 0.3)
        player.quit()
    (session,) = collector.export()
    stalled = session.types.index("bufferStart")
    assert [kind for kind in session.types[:stalled] if kind != "ping"] == ["sessionStart", "play", "play"]
    assert [kind for kind in session.types[stalled:] if kind != "ping"][:2] == ["bufferStart", "play"]
    assert session.types[-1] == "sessionEnd"
    assert abs(session.playheads("bufferStart")[0] - at) <= 0.5
    assert abs(session.playheads("play")[2] - at) <= 0.5
    assert session[0]["params"]["media.id"] == "half.mkv", "neither folders nor what follows the question mark"
    assert "secret" not in str(session) and "private" not in str(session)


def test_address_without_a_path(collector, mpv, clips):
    with half_a_file(clips.song()) as (server, url):
        server.go_on.set()
        host = url.split("/")[2]
        (session,) = sessions_of(collector, mpv(f"http://viewer:secret@{host}/", endpoint=collector.url))
    assert (session[0]["params"]["media.id"], session.types[-1]) == (host, "sessionComplete")
    assert "secret" not in str(session)


def test_stream_without_a_length(collector, mpv, clips):
    with half_a_file(clips.stream(), tells_length=False) as (server, url):
        player = mpv(url, endpoint=collector.url).connect()
        player.wait_value("time-pos", lambda at: at)
        server.go_on.set()  # not before: mpv would know the length of a stream that has come to its end
        (session,) = sessions_of(collector, player)
    assert (session[0]["params"]["media.contentType"], session[0]["params"]["media.length"]) == ("live", 86400)
    check(session, "sessionStart 0", "play 0", "play 1", "sessionComplete 2")
