"""The served schemas: the documented ones, and what bodies are really checked against."""

import copy
import json
from pathlib import Path

import pytest
from conftest import event

PROTOCOL = Path(__file__).resolve().parents[1] / "protocol"
TYPES = sorted(path.stem for path in (PROTOCOL / "json-schema").glob("*.json"))

SAMPLES = {
    "string": "x", "integer": 3, "number": 1.5, "boolean": True, "array": [{"media.state.name": "mute"}],
    "object": {"crm": {"id": "1", "authState": 1}},
}  # fmt: skip
STRANGE = [None, True, 0, 1.5, "", "x", [], [1], {}, {"x": 1}]


def documented(kind):
    return json.loads((PROTOCOL / "json-schema" / f"{kind}.json").read_text())


def test_there_are_twenty():
    assert len(TYPES) == 20


@pytest.mark.parametrize("kind", TYPES)
def test_served_schema_is_the_documented_one(collector, kind):
    answer = collector.get(f"/api/v1/schemas/{kind}")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json == documented(kind)


def test_served_parameters_are_those_of_the_protocol_description(collector):
    described = json.loads((PROTOCOL / "collection-v1.json").read_text())["eventTypes"]
    for kind in TYPES:
        params = collector.get(f"/api/v1/schemas/{kind}").json["properties"].get("params", {})
        assert set(params.get("properties", {})) == set(described[kind].get("params", {})), kind


@pytest.mark.parametrize("kind", ["", "Play", "rewind", "play/", "x" * 200])
def test_unknown_type(collector, kind):
    assert collector.get(f"/api/v1/schemas/{kind}").status == 404


def full_body(kind):
    """A body with every member that the type may have."""
    schema = documented(kind)
    body = event(kind)
    for block in ("params", "qoeData"):
        described = schema["definitions"].get(block) or schema["properties"].get(block)
        if not described:
            continue
        body[block] = {}
        for key, value in described["properties"].items():
            body[block][key] = value["enum"][0] if "enum" in value else SAMPLES[value["type"]]
    if "customMetadata" in schema["properties"]:
        body["customMetadata"] = {"my.key": "value"}
    if kind == "sessionStart":
        body["params"]["media.downloaded"] = False
    return body


def mutations(body):
    """The body, and bodies that differ from it in one place."""
    yield body
    for path in list(places(body)):
        for change in [remove, *(put(value) for value in STRANGE), add]:
            changed = copy.deepcopy(body)
            if change(parent(changed, path), path[-1]):
                yield changed


def places(value, path=()):
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (*path, key)
        yield from places(member, (*path, key))


def parent(value, path):
    for key in path[:-1]:
        value = value[key]
    return value


def remove(container, key):
    del container[key]
    return True


def put(value):
    def change(container, key):
        container[key] = value
        return True

    return change


def add(container, _):
    if isinstance(container, dict):
        container["surplus"] = "x"
    return isinstance(container, dict)


def judged_here(kind, body):
    """Whether the schema of this type alone decides on a body."""
    params = body.get("params")
    if isinstance(params, dict) and params.get("media.downloaded") is True:
        return False  # true is for batches
    return body.get("eventType") == kind


def submit(collector, kind, sid, body):
    if kind == "sessionStart":
        return collector.post("/api/v1/sessions", body).status
    return collector.send(collector.open() if kind == "sessionEnd" else sid, body).status


@pytest.mark.parametrize("kind", TYPES)
def test_bodies_are_taken_exactly_when_the_schema_takes_them(collector, kind):
    validator = pytest.importorskip("jsonschema").Draft4Validator(documented(kind))
    sid = collector.open()
    for body in filter(lambda body: judged_here(kind, body), mutations(full_body(kind))):
        expected = {201, 204} if validator.is_valid(body) else {400}
        assert submit(collector, kind, sid, body) in expected, body


@pytest.mark.parametrize("kind", ["stateStart", "stateEnd"])
def test_state_without_a_name(collector, kind):
    assert collector.send(collector.open(), event(kind, params={"media.state.name": ""})).status == 400
