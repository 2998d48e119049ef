"""The collector's page in headless Chromium, beside a collector that viewings are replayed to: for tests of the page,
and for pictures in docs."""

import base64
import http.client
import json
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path

from conftest import CHROMIUM, PATIENCE, PROGRAM, ROOT

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


class Look:
    """A tab that shows the collector's page. Notes what it asks for, and what goes wrong in it."""

    def __init__(self, browser, url, width=1440, height=900, dark=False, scale=1, calm=False, before=None):
        self.browser = browser
        self.context = browser.command("Target.createBrowserContext")["browserContextId"]
        target = browser.command("Target.createTarget", url="about:blank", browserContextId=self.context)["targetId"]
        self.session = browser.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.command(f"{domain}.enable")
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                     mobile=width < 600)  # fmt: skip
        wishes = {"prefers-color-scheme": "dark" if dark else "light",
                  "prefers-reduced-motion": "reduce" if calm else "no-preference"}  # fmt: skip
        self.command("Emulation.setEmulatedMedia", features=[{"name": n, "value": v} for n, v in wishes.items()])
        if before:  # a script that runs before those of the page
            self.command("Page.addScriptToEvaluateOnNewDocument", source=before)
        self.command("Page.navigate", url=url)
        browser.event("Page.loadEventFired", self.session)

    def command(self, method, **params):
        return self.browser.command(method, self.session, **params)

    def run(self, script):
        answer = self.command("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, condition):
        """Waits until an expression of the page is true."""
        value = self.run(
            f"""new Promise((done) => {{
                  const end = performance.now() + {PATIENCE * 800};
                  const look = () => {{
                    const value = {condition};
                    if (value || performance.now() > end) done(Boolean(value));
                    else setTimeout(look, 20);
                  }};
                  look();
                }})"""
        )
        assert value, f"never came true: {condition}"

    def frame(self):
        """Lets the page draw what it knows."""
        self.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def text(self, selector):
        return self.run(f"document.querySelector({json.dumps(selector)}).textContent")

    def rows(self):
        """Titles in the list, from the top."""
        return self.run(
            """[...document.querySelectorAll("#session-rows .row:not([hidden])")]
               .sort((a, b) => a.dataset.index - b.dataset.index).map((row) => row.querySelector(".title").textContent)"""
        )

    def shown(self):
        """How many sessions the list says it shows."""
        return self.text("#shown")

    def fill(self, selector, value):
        self.run(
            f"""(() => {{
                  const field = document.querySelector({json.dumps(selector)});
                  field.value = {json.dumps(value)};
                  field.dispatchEvent(new Event("input", {{bubbles: true}}));
                  field.dispatchEvent(new Event("change", {{bubbles: true}}));
                }})()"""
        )

    def press(self, key):
        """A key, as the keyboard would send it."""
        text = {"text": "\r" if key == "Enter" else key} if len(key) == 1 or key == "Enter" else {}
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
        code = {"windowsVirtualKeyCode": codes[key]} if key in codes else {}
        self.command("Input.dispatchKeyEvent", type="keyDown", key=key, **text, **code)
        self.command("Input.dispatchKeyEvent", type="keyUp", key=key, **code)

    def click(self, x, y):
        for kind in ("mousePressed", "mouseReleased"):
            self.command("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def click_on(self, selector):
        x, y = self.run(
            f"""(() => {{
                  const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect();
                  return [box.x + box.width / 2, box.y + box.height / 2];
                }})()"""
        )
        self.click(x, y)

    def pixels(self, name):
        """How many pixels of the timeline have a colour of the style sheet."""
        return self.run(
            f"""(() => {{
                  const canvas = document.getElementById("lanes");
                  if (!canvas.width) return 0;
                  const hex = getComputedStyle(document.documentElement).getPropertyValue("--{name}").trim();
                  const wanted = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
                  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
                  copy.drawImage(canvas, 0, 0);
                  const {{data}} = copy.getImageData(0, 0, canvas.width, canvas.height);
                  let count = 0;
                  for (let i = 0; i < data.length; i += 4)
                    count += data[i] === wanted[0] && data[i + 1] === wanted[1] && data[i + 2] === wanted[2];
                  return count;
                }})()"""
        )

    def columns(self, name, top, height):
        """How many columns of a lane of the timeline have something that is nearly of a colour of the style sheet."""
        return self.run(
            f"""(() => {{
                  const canvas = document.getElementById("lanes");
                  const hex = getComputedStyle(document.documentElement).getPropertyValue("--{name}").trim();
                  const wanted = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
                  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
                  copy.drawImage(canvas, 0, 0);
                  const {{data, width}} = copy.getImageData(90, {top}, canvas.width - 90, {height});
                  const found = new Set();
                  for (let i = 0; i < data.length; i += 4)
                    if (wanted.every((part, at) => Math.abs(data[i + at] - part) < 90)) found.add((i / 4) % width);
                  return found.size;
                }})()"""
        )

    def happened(self, method):
        """The parameters of all that the browser told by this name."""
        self.run("0")  # what comes before the answer has been told then
        return [m["params"] for m in self.browser.events
                if m.get("method") == method and m.get("sessionId") == self.session]  # fmt: skip

    def asked(self):
        """Addresses of all requests."""
        return [told["request"]["url"] for told in self.happened("Network.requestWillBeSent")]

    def complaints(self):
        """What went wrong: exceptions, and what the console says."""
        return [
            *self.happened("Runtime.exceptionThrown"),
            *self.happened("Log.entryAdded"),
            *(told for told in self.happened("Runtime.consoleAPICalled") if told["type"] in ("error", "warning")),
        ]

    def picture(self, path):
        Path(path).write_bytes(base64.b64decode(self.command("Page.captureScreenshot", format="png")["data"]))

    def close(self):
        self.browser.command("Target.disposeBrowserContext", browserContextId=self.context)
        self.browser.events = [m for m in self.browser.events if m.get("sessionId") != self.session]


def missing():
    """Why these cannot run here, or None."""
    return None if shutil.which(CHROMIUM) else "no Chromium: scripts/bootstrap browser"
