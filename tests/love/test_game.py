"""A cut-scene in a real game, and the sessions that the collector then has."""

import re

from collected import check, wait_for


def places(said, key):
    return re.findall(rf"^{key} at ([\d.]+)$", said, re.M)


def test_watched_to_the_end(collector, game, sessions):
    said = game(collector.url, "end:escape")
    (session,) = sessions()
    check(session, "sessionStart 0", "play 0", "play 1", "sessionComplete 2")
    params = session[0]["params"]
    assert (params["media.id"], params["media.name"], params["media.length"]) == ("intro", "The arrival", 2)
    assert (params["media.channel"], params["media.playerName"]) == ("Games", "The Arrival")
    cost = re.search(r"(\d+) frames, ([\d.]+) us each, (\d+) us at most", said)
    assert cost and int(cost[1]) > 0
    print(f"analytics: {cost[0]}")


def test_skipped_and_watched_again(collector, game, sessions):
    said = game(collector.url, "0.5:space", "0.7:r", "1.2:escape")
    first, second = sessions()
    for session, (end,) in (first, places(said, "space")), (second, places(said, "escape")):
        check(session, "sessionStart 0", "play 0", "?play 1", f"sessionEnd {end}")


def test_another_window_pauses_it(collector, game, sessions):
    said = game(collector.url, "0.3:blur", "0.6:focus", "0.8:escape")
    (blur,), (focus,), (end,) = (places(said, key) for key in ("blur", "focus", "escape"))
    assert blur.split("..")[0] == focus.split("..")[0]
    (session,) = sessions()
    check(session, "sessionStart 0", "play 0", "?play 1", f"pauseStart {blur}", f"play {blur}", f"?play {end}",
          f"sessionEnd {end}")  # fmt: skip
    paused = session.types.index("pauseStart")
    assert session[paused + 1]["playerTime"]["ts"] - session[paused]["playerTime"]["ts"] >= 200


def test_collector_is_away_until_the_next_time(collector, game):
    collector.stop()
    (end,) = places(game(collector.url, "0.4:escape"), "escape")
    collector.start()

    def is_sent_by_the_next():
        game(collector.url, "1:escape")
        first, *_ = collector.export()
        return first.types[-1] == "sessionEnd"

    wait_for(is_sent_by_the_next)
    first, *_ = collector.export()
    check(first, "sessionStart 0", "play 0", "?play 1", f"sessionEnd {end}")


def test_without_an_endpoint_the_game_goes_on(game):
    assert "no analytics: endpoint: missing" in game(None, "0.3:space", "0.4:r", "0.6:escape")
