"""Whether a request is what its protocol says: the schemas of tests/protocol, which are made from public pages."""
import functools
import json
import pathlib
import re

import jsonschema

PROTOCOL = pathlib.Path(__file__).resolve().parents[1] / "protocol"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
BESIDE = {"_id", "eventType", "timestamp", "mediaCollection"}
BESIDE_START = BESIDE | {"identityMap", "implementationDetails"}


@functools.cache
def edge_schema():
    return json.loads((PROTOCOL / "xdm-schema/mediaCollection.json").read_text(encoding="utf-8"))


@functools.cache
def edge_validator(definition):
    schema = edge_schema()
    return jsonschema.Draft7Validator({"$ref": f"#/definitions/{definition}", "definitions": schema["definitions"]})


@functools.cache
def collection_validator(event_type):
    return jsonschema.Draft7Validator(json.loads((PROTOCOL / f"json-schema/{event_type}.json").read_text(encoding="utf-8")))


def errors(validator, document):
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def unknown_members(media, definition):
    """What the schema tolerates, and we must not send: members that the event, or an object of it, does not have."""
    definitions = edge_schema()["definitions"]
    online = definition.replace("offline_", "event_")  # an entry of a downloaded session has the same, but for the id
    found = sorted(set(media) - set(definitions[online]["x-allowed-members"]))
    for name, value in media.items():
        if isinstance(value, dict) and name in definitions:
            found += [f"{name}.{key}" for key in value if key not in definitions[name]["properties"]]
    return [f"{name}: no member of {definition}" for name in found]


def edge_media(media, event_type, prefix="event"):
    definition = f"{prefix}_{event_type}"
    return errors(edge_validator(definition), media) + unknown_members(media, definition)


def edge_event(xdm, action):
    event_type = xdm["eventType"].removeprefix("media.")
    found = edge_media(xdm["mediaCollection"], event_type)
    allowed = BESIDE_START if event_type == "sessionStart" else BESIDE
    found += [f"{name}: not expected beside mediaCollection" for name in set(xdm) - allowed]
    if event_type != action:
        found.append(f"{event_type} goes to {action}")
    if not TIME.fullmatch(xdm["timestamp"]) or not UUID.fullmatch(xdm["_id"]):
        found.append("timestamp or _id has another form")
    return found


def downloaded_session(xdm):
    events = xdm["mediaDownloadedEvents"]
    found = [] if events[0]["mediaEventType"] == "media.sessionStart" else ["a session begins with sessionStart"]
    for event in events:
        found += edge_media(event["mediaCollection"], event["mediaEventType"].removeprefix("media."), "offline")
    return found


def edge_request(request):
    path, _, query = request["path"].partition("?")
    found = errors(edge_validator("requestBody"), request["body"])
    if not re.fullmatch(r"configId=[^&]+&requestId=" + UUID.pattern, query):
        found.append(f"the query is {query!r}")
    for event in request["body"]["events"]:
        downloaded = path.endswith("/va/v1/downloaded")
        found += downloaded_session(event["xdm"]) if downloaded else edge_event(event["xdm"], path.rpartition("/va/v1/")[2])
    return found


def collection_request(request):
    body = request["body"]
    events = body if isinstance(body, list) else [body]
    return [error for event in events for error in errors(collection_validator(event["eventType"]), event)]


def faults(request):
    """What is wrong with a request as a dry run prints it: texts, none when it is right."""
    return edge_request(request) if "/va/v1/" in request["path"] else collection_request(request)
