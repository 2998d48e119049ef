"""Tables of the documentation that are made from lists of the programs: core/src/protocol/*.def, and the collector's
metrics."""
import re

from pages import ROOT

PROTOCOL = ROOT / "core/src/protocol"

# What a player or an application calls: the tracker's function, and the Media SDKs' word for it.
CALLS = {
    "SESSION_START": ("mb_tracker_session_start", "trackSessionStart"),
    "PLAY": ("mb_tracker_play, mb_tracker_buffer_complete, mb_tracker_seek_complete",
             "trackPlay, BufferComplete, SeekComplete"),
    "PING": ("by the clock: mb_client_tick", "by itself"),
    "PAUSE_START": ("mb_tracker_pause, mb_tracker_seek_start", "trackPause, SeekStart"),
    "BUFFER_START": ("mb_tracker_buffer_start", "BufferStart"),
    "BITRATE_CHANGE": ("mb_tracker_bitrate_change", "BitrateChange"),
    "ERROR": ("mb_tracker_error", "trackError"),
    "AD_BREAK_START": ("mb_tracker_ad_break_start", "AdBreakStart"),
    "AD_BREAK_COMPLETE": ("mb_tracker_ad_break_complete", "AdBreakComplete"),
    "AD_START": ("mb_tracker_ad_start", "AdStart"),
    "AD_COMPLETE": ("mb_tracker_ad_complete", "AdComplete"),
    "AD_SKIP": ("mb_tracker_ad_skip", "AdSkip"),
    "CHAPTER_START": ("mb_tracker_chapter_start", "ChapterStart"),
    "CHAPTER_COMPLETE": ("mb_tracker_chapter_complete", "ChapterComplete"),
    "CHAPTER_SKIP": ("mb_tracker_chapter_skip", "ChapterSkip"),
    "STATE_START": ("mb_tracker_state_start", "StateStart"),
    "STATE_END": ("mb_tracker_state_end", "StateEnd"),
    "STATES_UPDATE": ("", ""),
    "SESSION_COMPLETE": ("mb_tracker_complete", "trackComplete"),
    "SESSION_END": ("mb_tracker_session_end", "trackSessionEnd"),
}

# Fields of v1 that are said in XDM by what other fields say there too.
ELSEWHERE = {
    "media.errorId": ["errorDetails.name"],
    "media.errorSource": ["errorDetails.source"],
    "media.state.name": ["statesStart[].name", "statesEnd[].name"],
}

LISTS = {"STATE_START": ["statesStart"], "STATE_END": ["statesEnd"], "STATES_UPDATE": ["statesStart", "statesEnd"]}

TYPES = {
    "TEXT": "text",
    "NAME": "text, not empty",
    "INTEGER": "whole number",
    "NUMBER": "number; whole over Edge",
    "FLAG": "flag",
    "CUSTOMER_IDS": "ids by name",
    "STATES": "list of states",
    "ERROR_SOURCE": "`player` or `external`",
}


def entries(name):
    """The arguments of each line of a list: quoted texts without their quotes, NULL as None."""
    text = re.sub(r"/\*.*?\*/", "", (PROTOCOL / f"{name}.def").read_text(encoding="utf-8"), flags=re.S)
    for entry in re.findall(r"^MB_\w+\((.*?)\)$", text, flags=re.M | re.S):
        arguments = [argument.strip() for argument in re.split(r",\s*(?![^()]*\))", entry)]
        yield [None if argument == "NULL" else argument.strip('"') for argument in arguments]


def xdm_objects():
    """The names of the objects by their constants."""
    text = (PROTOCOL / "protocol.c").read_text(encoding="utf-8")
    return dict(re.findall(r'\[MB__XDM_(\w+)\] = "(\w*)"', text))


EVENTS = {event[0]: event for event in entries("events")}
OBJECTS = xdm_objects()


def code(*texts):
    return ", ".join(f"`{text}`" for text in texts if text)


def words(text):
    """Names as code; what is no name stays prose."""
    return ", ".join(part if " " in part and ":" not in part else re.sub(r"\w*[_A-Z]\w*", r"`\g<0>`", part)
                     for part in text.split(", "))


def table(head, rows):
    lines = ["".join(f"| {cell} " if cell else "| " for cell in row) + "|" for row in [head, *rows]]
    return "\n".join([lines[0], "|---" * len(head) + "|", *lines[1:]])


def events():
    rows = []
    for name, v1, xdm, obj, _, metadata in EVENTS.values():
        call, media_sdk = CALLS[name]
        web_sdk = "createMediaSession" if name == "SESSION_START" else "sendMediaEvent"
        details = LISTS.get(name) or [OBJECTS.get(obj)]
        rows.append([words(call), words(media_sdk), code(web_sdk), code(v1), code("media." + xdm), code(*details),
                     "yes" if metadata == "true" else ""])
    head = ["tracker", "Media SDKs", "Web SDK, sessions", "v1 `eventType`", "XDM `eventType`", "described by", "metadata"]
    return table(head, rows)


def xdm_path(key, obj, name, kind):
    if obj == "NONE":
        return code(*ELSEWHERE.get(key, []))
    if obj in ("IDENTITY", "IMPLEMENTATION"):
        return code(f"{OBJECTS[obj]}.{name or 'NAME'}")
    path = f"{OBJECTS[obj]}.{name}" if OBJECTS[obj] else name
    return code(path + ("[].name" if kind == "STATES" else ""))


def on_events(mask):
    names = re.findall(r"E\((\w+)\)", mask)
    return "every event" if mask == "ALL_EVENTS" else code(*(EVENTS[name][1] for name in names))


def fields():
    rows = []
    for _, key, place, kind, obj, xdm, context, edge, required, optional in entries("fields"):
        where = "`qoeData` " if place == "QOE" else ""
        rows.append([where + code(key), xdm_path(key, obj, xdm, kind), code(context), code(edge), TYPES[kind],
                     on_events(required), on_events(optional)])
    head = ["v1 key", "XDM path", "metadata key", "over Edge also", "type", "needed on", "may be on"]
    return table(head, rows)


LEVELS = {"SESSION": "session", "AD": "ads of a session", "CHAPTER": "chapters of a session",
          "STATE": "a player state", "REPORT": "report"}


def metric_entries():
    """(name, level, unit, Analytics variable, XDM field, meaning) of each metric."""
    text = (ROOT / "collector/metrics.def").read_text(encoding="utf-8")
    for entry in re.findall(r"^MB_METRIC\((.*?)\)$", text, flags=re.M | re.S):
        _, name, level, _, unit, analytics, xdm, _, meaning = re.findall(r'"[^"]*"|\w+', entry)
        yield [None if word == "NULL" else word.strip('"') for word in (name, level, unit, analytics, xdm, meaning)]


def metrics():
    rows = [[code(name), meaning, unit, LEVELS[level], code(analytics), code(xdm)]
            for name, level, unit, analytics, xdm, meaning in metric_entries()]
    return table(["metric", "is", "unit", "of", "Analytics variable", "XDM, below `mediaReporting`"], rows)


def texts_in(arguments):
    """Words as they are; texts that stand side by side as one."""
    parts = re.findall(r'((?:"[^"]*"\s*)+|\w+)', arguments)
    return ["".join(re.findall(r'"([^"]*)"', part)) if '"' in part else part for part in parts]


def finding_entries():
    """(code, severity, what is wrong, what the protocol says, address) of each finding."""
    text = (ROOT / "collector/findings.def").read_text(encoding="utf-8")
    adobe = re.search(r'#define MB_ADOBE "(.*)"', text)[1]
    text = text.replace("MB_ADOBE", f'"{adobe}"')
    pages = dict(re.findall(r'^MB_PAGE\((\w+), ((?:"[^"]*"\s*)+)\)$', text, flags=re.M))
    for entry in re.findall(r"^MB_CHECK\((.*?)\)$", text, flags=re.M | re.S):
        _, name, severity, wrong, says, page = texts_in(entry)
        yield name, severity.lower(), wrong, says, texts_in(pages[page])[0]


def findings():
    rows = [[code(name), severity, wrong, f"[{says}]({page})"]
            for name, severity, wrong, says, page in finding_entries()]
    return table(["code", "severity", "what is wrong", "what the protocol says"], rows)


TABLES = {"events": events, "fields": fields, "metrics": metrics, "findings": findings}
SHOWN = re.compile(r"^(<!-- table: (\w+) -->\n)((?:\|.*\n)*)", re.M)


def with_tables(text):
    """A page's text with its tables as they should be."""
    return SHOWN.sub(lambda match: f"{match[1]}{TABLES[match[2]]()}\n", text)
