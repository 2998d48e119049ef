"""What a viewer noted, and what the collector must have of it."""
import json
import re

LAST = ("sessionEnd", "sessionComplete")
MOST_OF_A_CALL = 12  # events that one call and its tick make, and sessionEnd
DOUBLED = re.compile(r"player (\S+): .*the backend may have the session twice")


def media_of(event):
    """The id of the media that a sessionStart is about."""
    if "params" in event:
        return event["params"]["media.id"]
    return event["mediaCollection"]["sessionDetails"]["name"]


def type_of(event):
    return event.get("eventType", event.get("mediaEventType")).removeprefix("media.")


def without(members, *names):
    return {name: value for name, value in members.items() if name not in names}


# What only the client that sends can know, and what an event of a downloaded session has under another name.
OWN = {"params": ["media.downloaded"], "mediaCollection": ["sessionID"], "sessionDetails": ["isDownloaded"]}
RENAMED = {"mediaEventType": "eventType", "mediaEventTimestamp": "timestamp"}


def plain(event):
    """What an event says, whichever way it went."""
    members = {RENAMED.get(name, name): value for name, value in without(event, "_id").items()}
    for name, value in members.items():
        if isinstance(value, dict):
            members[name] = plain(without(value, *OWN.get(name, [])))
    return members


class Notes:
    def __init__(self, path):
        self.sessions = {}  # media: its events
        self.stats = []
        self.log = []
        self.used_kilobytes = None
        self.current = {}
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        for line in text.split("\n")[:-1]:
            kind, _, rest = line.partition(" ")
            getattr(self, f"_{kind}")(rest)

    def _event(self, rest):
        player, _, body = rest.partition(" ")
        event = json.loads(body)
        if "events" in event:
            event = event["events"][0]["xdm"]
        if type_of(event) == "sessionStart":
            self.current[player] = self.sessions.setdefault(media_of(event), [])
        self.current[player].append(event)

    def _stats(self, rest):
        self.stats.append(dict(zip(
            ("accepted", "recovered", "delivered", "queued", "stored", "dropped", "possibly_doubled"), map(int, rest.split())
        )))  # fmt: skip

    def _log(self, rest):
        level, _, message = rest.partition(" ")
        self.log.append((int(level), message))

    def _end(self, rest):
        self.used_kilobytes = int(rest)

    def errors(self):
        return [message for level, message in self.log if level == 0]

    def players_doubled(self):
        """Whose sessions were said to be possibly doubled: a player for each session."""
        return [found[1] for _, message in self.log if (found := DOUBLED.match(message))]

    def assert_balanced(self):
        for at in self.stats:
            left = at["accepted"] + at["recovered"]
            assert left == at["delivered"] + at["queued"] + at["stored"] + at["dropped"], at


def by_media(sessions):
    found = {}
    for events in sessions:
        found.setdefault(media_of(events[0]), []).append([plain(event) for event in events])
    return found


def first_difference(media, whole, expected):
    at = next((i for i, (one, other) in enumerate(zip(whole, expected)) if one != other), min(len(whole), len(expected)))
    return f"{media}, event {at}: {len(whole)} arrived, {len(expected)} were accepted: {whole[at:at + 1]} {expected[at:at + 1]}"


def check_one(media, expected, copies):
    """Every event, in order, once; more only of the call that the viewer died in. Returns how many doubles there are."""
    expected = [plain(event) for event in expected]
    whole = max(copies, key=len)
    assert whole[: len(expected)] == expected, first_difference(media, whole, expected)
    assert len(whole) - len(expected) <= MOST_OF_A_CALL, media
    assert [type_of(event) in LAST for event in whole] == [False] * (len(whole) - 1) + [True], media
    copies.remove(whole)
    for copy in copies:
        assert copy == whole[: len(copy)] and len(copy) in (1, len(whole)), media
    return len(copies)


def check(collected, runs):
    """Compares the collector's sessions with what all runs noted. Returns how many events arrived, each counted once, and
    the media that arrived more than once."""
    found = by_media(collected)
    doubled = []
    expected = {media: events for run in runs for media, events in run.sessions.items()}
    missing = expected.keys() - found.keys()
    assert not missing, f"never arrived: {sorted(missing)}"
    arrived = sum(max(map(len, copies)) for copies in found.values())
    for media, copies in found.items():
        doubled += [media] * check_one(media, expected.get(media, []), copies)
    return arrived, doubled
