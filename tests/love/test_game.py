"""A cut-scene in a real game, and the sessions that the collector then has."""

import re

from collected import check


def test_watched_to_the_end(collector, game):
    said = game(collector.url, "2.8:escape")
    (session,) = collector.export()
    check(session, "sessionStart 0", "play 0", "play 1", "sessionComplete 2")
    params = session[0]["params"]
    assert (params["media.id"], params["media.name"], params["media.length"]) == ("intro", "The arrival", 2)
    assert (params["media.channel"], params["media.playerName"]) == ("Games", "The Arrival")
    cost = re.search(r"(\d+) frames, ([\d.]+) us each, (\d+) us at most", said)
    assert cost and int(cost[1]) > 20
    print(f"analytics: {cost[0]}")


def test_skipped_and_watched_again(collector, game):
    game(collector.url, "0.5:space", "0.7:r", "1.2:escape")
    for session in collector.export():
        check(session, "sessionStart 0", "play 0", "sessionEnd 0.5")
    assert len(collector.export()) == 2


def test_another_window_pauses_it(collector, game):
    game(collector.url, "0.3:blur", "0.6:focus", "0.8:escape")
    (session,) = collector.export()
    check(session, "sessionStart 0", "play 0", "pauseStart 0.3", "play 0.3", "sessionEnd 0.5")
    assert session.times("play")[1] - session.times("pauseStart")[0] >= 0.2


def test_collector_is_away_until_the_next_time(collector, game):
    collector.stop()
    game(collector.url, "0.4:escape")
    collector.start()
    game(collector.url, "1:escape")
    first, _ = collector.export()
    check(first, "sessionStart 0", "play 0", "sessionEnd 0.4")


def test_without_an_endpoint_the_game_goes_on(game):
    assert "no analytics: endpoint: missing" in game(None, "0.3:space", "0.4:r", "0.6:escape")
