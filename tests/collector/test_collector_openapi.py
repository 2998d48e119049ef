"""The description of the collector: it has every route and no other, and says what comes back. check_openapi goes further."""

import json
import re

import jsonschema
import pytest
from conftest import ROOT, envelope, event, start

FILE = ROOT / "collector/openapi.json"
ROUTE = re.compile(r'\{"([A-Z]+)", "(/[^"]*)", ')
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


def routes():
    """The tables of routes.c as (method, path); a segment that can be any is {}."""
    one, other = (ROOT / "collector/routes.c").read_text().split("edge_routes[] = {")
    below_edge = other.partition("};")[0]
    found = ROUTE.findall(one) + [(method, "/ee" + path) for method, path in ROUTE.findall(below_edge)]
    assert len(found) > 20
    return found


def operations(description):
    for path, item in description["paths"].items():
        for method in METHODS & item.keys():
            yield method, path, item[method]


@pytest.fixture(scope="module")
def description():
    return json.loads(FILE.read_text())


def test_it_is_served_as_it_stands_in_the_sources(collector):
    answer = collector.get("/api/openapi.json")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.body == FILE.read_bytes()


def test_it_has_every_route_and_no_other(description):
    described = {(method.upper(), re.sub(r"\{[^}]*\}", "{}", path)) for method, path, _ in operations(description)}
    assert described == set(routes())


def test_paths_have_the_methods_that_a_refusal_names(collector, description):
    for path, item in description["paths"].items():
        path = path.replace("{action}", "play").replace("{file}", "page.css")
        answer = collector.request("PATCH", re.sub(r"\{[^}]*\}", "x", path))
        assert answer.status == 405, path
        named = set(answer.headers["Allow"].split(", ")) - {"HEAD", "OPTIONS"}
        assert named == {method.upper() for method in METHODS & item.keys()}, path


def test_every_reference_leads_somewhere(description):
    def walk(value):
        if isinstance(value, dict):
            for name, member in value.items():
                if name == "$ref":
                    target = description
                    for step in member.removeprefix("#/").split("/"):
                        target = target[step]
                walk(member)
        elif isinstance(value, list):
            for element in value:
                walk(element)

    walk(description)


def test_operations_have_names_of_their_own_and_their_parameters(description):
    names = [operation["operationId"] for _, _, operation in operations(description)]
    assert len(names) == len(set(names))
    for _, path, operation in operations(description):
        parameters = operation.get("parameters", []) + description["paths"][path].get("parameters", [])
        assert {p["name"] for p in parameters if p["in"] == "path"} == set(re.findall(r"\{([^}]*)\}", path)), path


def test_actions_and_types_are_those_of_the_protocol(description):
    """The served schemas and the list of actions come from the same table."""
    types = set(description["components"]["schemas"]["Event"]["properties"]["eventType"]["enum"])
    assert types == {path.stem for path in (ROOT / "tests/protocol/json-schema").glob("*.json")}
    action = description["paths"]["/ee/va/v1/{action}"]["post"]["parameters"][0]["schema"]["enum"]
    assert set(action) < types


# What comes back


class Described:
    """A collector whose answers are compared with the description."""

    def __init__(self, collector, description):
        self.collector = collector
        self.description = description

    def resolve(self, value):
        while "$ref" in value:
            kind, name = value["$ref"].split("/")[-2:]
            value = self.description["components"][kind][name]
        return value

    def ask(self, method, path, body=None, query="", **arguments):
        operation = self.description["paths"][path][method]
        address = path.format(**arguments) + query
        answer = self.collector.request(method.upper(), address, body, {"Content-Type": "application/json"})
        assert str(answer.status) in operation["responses"], (method, address, answer.status, answer.body)
        response = self.resolve(operation["responses"][str(answer.status)])
        for name, header in response.get("headers", {}).items():
            assert not header.get("required") or answer.headers[name]
        content = response.get("content", {})
        if answer.body:
            schema = content[answer.headers["Content-Type"]]["schema"]
            if "json" in answer.headers["Content-Type"]:
                jsonschema.Draft202012Validator({**schema, "components": self.description["components"]}).validate(
                    answer.json
                )
        return answer

    def example(self, method, path):
        return self.description["paths"][path][method]["requestBody"]["content"]["application/json"]["example"]


@pytest.fixture
def described(launch, description):
    return Described(launch("--clock", "manual"), description)


def test_examples_are_taken(described):
    taken = described.ask("post", "/api/v1/sessions", described.example("post", "/api/v1/sessions"))
    assert taken.status == 201
    sid = taken.headers["Location"].rsplit("/", 1)[1]
    path = "/api/v1/sessions/{sid}/events"
    assert described.ask("post", path, described.example("post", path), sid=sid).status == 204
    assert described.ask("post", "/api/v1/downloaded", described.example("post", "/api/v1/downloaded")).status == 201
    path = "/ee/va/v1/sessionStart"
    assert described.ask("post", path, described.example("post", path), "?configId=s&requestId=r").status == 200
    for path, query in (("/ee/v1/interact", "configId"), ("/ee/v1/collect", "configId"), ("/ee/v2/interact", "datastreamId")):
        assert described.ask("post", path, described.example("post", path), f"?{query}=s").status == 200
    assert described.ask("post", "/api/clock", described.example("post", "/api/clock")).status == 200
    assert described.ask("put", "/api/faults", described.example("put", "/api/faults")).status == 200


def test_what_is_kept(described):
    collector = described.collector
    sid = collector.open()
    collector.send(sid, event("play", 1))
    collector.send(sid, event("play", 1))
    collector.post("/api/v1/downloaded", [start(), event("play", 1), event("sessionEnd", 2)])
    collector.open_edge()
    assert len(described.ask("get", "/api/sessions").json) == 3
    assert described.ask("get", "/api/report").json["total"]["sessions"] == 3
    for session in collector.sessions():
        for path in (p for p in described.description["paths"] if p.startswith("/api/sessions/{sid}/")):
            if "get" in described.description["paths"][path]:
                assert described.ask("get", path, sid=session["id"]).status == 200
                assert described.ask("get", path, sid="0" * 64).status == 404
        assert described.ask("get", "/api/sessions/{sid}/events", query="?form=normalised", sid=session["id"]).json


def test_control(described):
    for path in ("/api/clock", "/api/faults", "/api/health", "/api/openapi.json", "/"):
        assert described.ask("get", path).status == 200
    assert described.ask("get", "/page/{file}", file="page.css").status == 200
    assert described.ask("delete", "/api/faults").status == 204
    assert described.ask("post", "/api/clock", {"now": 1}).status == 409
    assert described.ask("put", "/api/faults", [{"status": 1}]).status == 400
    sid = described.collector.open()
    assert described.ask("post", "/api/sessions/{sid}/close", sid=sid).status == 204
    assert described.ask("post", "/api/v1/sessions/{sid}/events", event("play"), sid=sid).status == 410


def test_refusals(described):
    assert described.ask("post", "/api/v1/sessions", "{").status == 400
    assert described.ask("post", "/api/v1/sessions", " " * (1 << 21)).status == 413
    assert described.ask("get", "/api/v1/schemas/{type}", type="x").status == 404
    assert described.ask("get", "/api/sessions", query="?limit=x").status == 400
    assert described.ask("post", "/ee/va/v1/{action}", envelope({}), action="play").status == 400
    assert described.ask("post", "/ee/va/v1/{action}", " " * 70_000, action="play").status == 413
    assert described.ask("post", "/ee/v1/interact", "{}", "?configId=").status == 400
    locked = Described(described.collector, described.description)
    locked.collector.connection.putrequest("GET", "/api/sessions", skip_host=True)
    locked.collector.connection.putheader("Host", "elsewhere.example.com")
    locked.collector.connection.endheaders()
    answer = locked.collector.connection.getresponse()
    assert answer.status == 403 and json.loads(answer.read())["message"]


def test_a_token(launch, description):
    locked = Described(launch("--token", "0123456789abcdef"), description)
    for path, item in description["paths"].items():
        if "get" in item and item["get"].get("security") != [] and "{" not in path:
            assert locked.ask("get", path).status == 401, path
        elif "get" in item and "{" not in path:
            assert locked.ask("get", path).status == 200, path
