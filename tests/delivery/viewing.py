"""A viewing with something of everything in it, as lines of a player log, and what it must become on either wire."""

START = 1_700_000_000_000
MEDIA = {"id": "m1", "name": "A film", "length": 60, "streamType": "vod", "mediaType": "video", "prerollWaitingTime": 0}


def call(seconds, name, **members):
    return {"ts": START + round(seconds * 1000), "call": name, **members}


VIEWING = [
    call(0, "sessionStart", info=MEDIA, metadata={"k": "v"}),
    call(0, "play"),
    call(2, "chapterStart", info={"name": "One", "position": 1, "length": 30, "startTime": 0}),
    call(3, "stateStart", info={"name": "mute"}),
    call(5, "adBreakStart", info={"name": "pod", "position": 1, "startTime": 5}),
    call(5, "adStart", info={"id": "ad", "name": "An ad", "position": 1, "length": 15}),
    call(20, "adComplete"),
    call(20, "adBreakComplete"),
    call(25, "pause"),
    call(27, "play"),
    call(40, "complete"),
]
ON_THE_WIRE = [
    "sessionStart", "play", "play", "chapterStart", "stateStart", "adBreakStart", "adStart", "play", "ping", "adComplete",
    "adBreakComplete", "play", "pauseStart", "play", "ping", "chapterSkip", "sessionComplete",
]  # fmt: skip
ON_THE_EDGE = ["statesUpdate" if name == "stateStart" else name for name in ON_THE_WIRE]
