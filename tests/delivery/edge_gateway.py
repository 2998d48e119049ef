"""A gateway of the Media Edge API that answers as a test wants. It notes every request and keeps to the protocol where the
test says nothing: 200 with a new session for a sessionStart, 204 for every other event."""
import http.server
import json
import threading
import urllib.parse
from dataclasses import dataclass, field

ERRORS = "https://ns.adobe.com/aep/errors/"


@dataclass
class Answer:
    """`body`: an object, or bytes as they are. `status` 0: the connection is closed without an answer."""

    status: int
    body: object = None
    headers: dict = field(default_factory=dict)


NO_ANSWER = Answer(0)


def handle(kind, **payload):
    return {"type": kind, "payload": [payload]}


def opened(session_id, *handles, **members):
    handles = [handle("media-analytics:new-session", sessionId=session_id), *handles]
    return Answer(200, {"requestId": "r", "handle": handles, **members})


def problem(status, name, title, details=None):
    report = {} if details is None else {"report": {"details": details}}
    return {"type": ERRORS + name, "status": status, "title": title, **report}


@dataclass
class Request:
    """One that has come: its path without the query, its query, its headers, its body as text and as JSON."""

    path: str
    query: dict
    headers: dict
    text: bytes

    @property
    def action(self):
        return self.path.rsplit("/", 1)[-1]

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def xdm(self):
        (event,) = self.json["events"]
        return event["xdm"]

    @property
    def collection(self):
        return self.xdm["mediaCollection"]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_POST(self):
        url = urllib.parse.urlsplit(self.path)
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(url.path, dict(urllib.parse.parse_qsl(url.query)), dict(self.headers), text)
        answer = self.server.gateway.answer_to(request)
        if answer.status == 0:
            self.close_connection = True
        else:
            self.say(answer)

    def say(self, answer):
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if answer.status != 204:
            self.wfile.write(body)


class EdgeGateway:
    """`answers(number, request)` gives the answer to the request with that number, counted from 1, or None."""

    def __init__(self, answers=lambda number, request: None):
        self.answers = answers
        self.requests, self.sessions, self.lock = [], 0, threading.Lock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.server.daemon_threads = True
        self.server.gateway = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer_to(self, request):
        with self.lock:
            self.requests.append(request)
            number = len(self.requests)
        return self.answers(number, request) or self.as_the_protocol_says(request)

    def as_the_protocol_says(self, request):
        if request.action != "sessionStart":
            return Answer(204)
        with self.lock:
            self.sessions += 1
            return opened(f"session-{self.sessions}")

    @property
    def actions(self):
        return [request.action for request in self.requests]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
