"""The collector's page in headless Chromium, beside a collector that viewings are replayed to: for tests of the page,
and for pictures in docs."""

import http.client
import json
import signal
import socket
import subprocess
import threading

from conftest import PATIENCE, PROGRAM, ROOT
from playwright.sync_api import expect

expect.set_options(timeout=PATIENCE * 1000)

LOGS = ROOT / "docs/examples/logs"
ONLY_HERE = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"  # no other name is known to the browser

START_PARAMS = {
    "analytics.trackingServer": "stats.example.com",
    "analytics.reportSuite": "suite",
    "visitor.marketingCloudOrgId": "1234@AdobeOrg",
    "media.id": "film-1",
    "media.name": "Film",
    "media.length": 60,
    "media.contentType": "vod",
    "media.playerName": "player",
    "media.channel": "channel",
}


class Watched:
    """A running collector, and what is sent to it."""

    def __init__(self, *options):
        command = [PROGRAM, "collector", "--port", "0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("collector listening on http://127.0.0.1:"), line
        self.url = line.split()[-1]
        self.port = int(self.url.rsplit(":", 1)[1])
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.replays = []

    def request(self, method, path, body=None, **headers):
        self.connection.request(method, path, body and json.dumps(body), headers)
        answer = self.connection.getresponse()
        return answer, answer.read()

    def post(self, path, body):
        return self.request("POST", path, body, **{"Content-Type": "application/json"})

    def get(self, path, **headers):
        return json.loads(self.request("GET", path, **headers)[1])

    def open(self, ts=1_700_000_000_000, **params):
        """Starts a session; returns its id."""
        start = {"eventType": "sessionStart", "playerTime": {"playhead": 0, "ts": ts},
                 "params": {**START_PARAMS, **params}}  # fmt: skip
        answer, body = self.post("/api/v1/sessions", start)
        assert answer.status == 201, body
        return answer.headers["Location"].rsplit("/", 1)[1]

    def send(self, sid, kind, ts=1_700_000_000_000, playhead=0, **members):
        event = {"eventType": kind, "playerTime": {"playhead": playhead, "ts": ts}, **members}
        answer, body = self.post(f"/api/v1/sessions/{sid}/events", event)
        assert answer.status == 204, body

    def send_at_once(self, path, bodies):
        """Requests one behind the other, for thousands. Returns the fields of each answer."""
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Type: application/json\r\n"
        texts = [json.dumps(body) for body in bodies]
        wire = "".join(f"{head}Content-Length: {len(text)}\r\n\r\n{text}" for text in texts).encode()
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            sender = threading.Thread(target=connection.sendall, args=(wire,))
            sender.start()
            with connection.makefile("rb") as stream:
                answers = [self.head(stream) for _ in texts]
            sender.join()
        return answers

    @staticmethod
    def head(stream):
        """Of an answer without a body."""
        assert stream.readline().split()[1] in (b"201", b"204")
        return http.client.parse_headers(stream)

    def open_many(self, names):
        """Starts a session for each name; returns the ids."""
        starts = [{"eventType": "sessionStart", "playerTime": {"playhead": 0, "ts": 1_700_000_000_000},
                   "params": {**START_PARAMS, "media.name": name}} for name in names]  # fmt: skip
        answers = self.send_at_once("/api/v1/sessions", starts)
        return [fields["Location"].rsplit("/", 1)[1] for fields in answers]

    def replay(self, log, speed):
        """Begins to send a viewing; it ends with the collector at the latest."""
        words = [PROGRAM, "replay", "-q", "--to", self.url, "--speed", str(speed), "--epoch", "now", str(LOGS / log)]
        self.replays.append(subprocess.Popen(words, stderr=subprocess.DEVNULL))
        return self.replays[-1]

    def end(self):
        for replay in self.replays:
            replay.kill()
            replay.wait()
        self.connection.close()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == 0
        self.process.stdout.close()


class Tabs:
    """Shows the collector's page, each time in a context of its own. Notes what it asks for, and what goes wrong."""

    def __init__(self, browser):
        self.browser, self.pages = browser, []
        self.asked, self.complaints = [], []

    def open(self, url, width=1440, height=900, dark=False, scale=1, calm=False, before=None):
        """`before`: a script that runs before those of the page."""
        tab = self.browser.new_page(
            viewport={"width": width, "height": height},
            device_scale_factor=scale,
            is_mobile=width < 600,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if calm else "no-preference",
        )
        self.pages.append(tab)
        tab.set_default_timeout(PATIENCE * 1000)
        tab.on("request", lambda request: self.asked.append(request.url))
        tab.on("console", lambda message: self.complaints.append(message.text))
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        if before:
            tab.add_init_script(before)
        tab.goto(url)
        return tab

    def catch_up(self):
        """What the pages did so far has been noted then."""
        for tab in self.pages:
            tab.evaluate("0")

    def close(self):
        for tab in self.pages:
            tab.close()


def draw(tab):
    """Lets the page draw what it knows."""
    tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


# What the timeline has of a colour of the style sheet.
COLOURED = """([name, left, top, height, near]) => {
  const canvas = document.getElementById("lanes");
  if (!canvas.width) return [];
  const hex = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const wanted = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  const {data, width} = copy.getImageData(left, top, canvas.width - left, height ?? canvas.height);
  const columns = new Array(width).fill(0);
  for (let i = 0; i < data.length; i += 4)
    columns[(i / 4) % width] += wanted.every((part, at) => Math.abs(data[i + at] - part) <= near);
  return columns;
}"""


def pixels(tab, name):
    """How many pixels of the timeline have a colour of the style sheet."""
    return sum(tab.evaluate(COLOURED, [name, 0, 0, None, 0]))


def columns(tab, name, top, height):
    """How many columns of a lane of the timeline have something that is nearly of a colour of the style sheet."""
    return sum(count > 0 for count in tab.evaluate(COLOURED, [name, 90, top, height, 89]))
