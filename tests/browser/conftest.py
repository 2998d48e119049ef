"""A page in headless Chromium with Adobe's Web SDK on it, and a collector behind TLS on another origin.

The Web SDK speaks to https://{edgeDomain} and to no other port. So Chromium is told that these names are the gateway
below, whatever the port: it serves the page, ends TLS for the collector, and notes what passed. No other name is known
to Chromium, so nothing leaves the machine.
"""

import http.client
import http.server
import json
import os
import select
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROGRAM = os.environ.get("MEDIABEAT", str(ROOT / "build/dev/cli/mediabeat"))
ALLOY = ROOT / "build/browser/alloy.min.js"
CHROMIUM = os.environ.get("CHROMIUM", "chromium")
PATIENCE = 60  # seconds until a test gives up; nothing waits this long when all is well

ORGANISATION = "0123456789ABCDEF01234567@AdobeOrg"  # the page's, which the collector is told
PAGE_HOST = "www.player.test"
EDGE_HOST = "edge.collector.test"
SHARED_HOST = "adobedc.demdex.net"  # where the SDK turns first when third-party cookies are said to be welcome
PAGE_FILES = {"/": HERE / "page.html", "/alloy.min.js": ALLOY}
PAGE_TYPES = {".html": "text/html", ".js": "text/javascript"}


class Exchange:
    """A request that the browser made of the collector, and the answer."""

    def __init__(self, host, path, headers, body, answer, answer_body):
        self.host, self.path, self.headers = host, path, headers
        self.body = json.loads(body) if body else None
        self.status, self.answer_headers, self.answer_body = answer.status, answer.headers, answer_body

    @property
    def answer(self):
        return json.loads(self.answer_body)

    @property
    def xdm(self):
        (event,) = self.body["events"]
        return event["xdm"]


class Gateway(http.server.ThreadingHTTPServer):
    """Serves the page under its own name; hands everything else to the collector and notes it in `exchanges`."""

    daemon_threads = True

    def __init__(self, certificate, key):
        super().__init__(("127.0.0.1", 0), GatewayHandler)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate, key)
        self.collector_port, self.exchanges = None, []

    def serve(self, collector_port):
        self.collector_port, self.exchanges = collector_port, []

    def finish_request(self, request, client_address):  # in the connection's own thread
        with self.tls.wrap_socket(request, server_side=True) as connection:
            super().finish_request(connection, client_address)

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):  # the browser may drop a connection whenever it likes
            super().handle_error(request, client_address)


class GatewayHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        file = PAGE_FILES.get(self.path) if self.headers["Host"] == PAGE_HOST else None
        if file:
            self.answer(200, {"Content-Type": PAGE_TYPES[file.suffix]}, file.read_bytes())
        else:
            self.answer(404, {}, b"")

    def forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        collector = http.client.HTTPConnection("127.0.0.1", self.server.collector_port, timeout=PATIENCE)
        collector.request(self.command, self.path, body, dict(self.headers))
        answer = collector.getresponse()
        answer_body = answer.read()
        collector.close()
        self.server.exchanges.append(
            Exchange(self.headers["Host"], self.path, self.headers, body, answer, answer_body)
        )
        self.answer(answer.status, dict(answer.headers), answer_body)

    do_POST = do_OPTIONS = forward

    def answer(self, status, headers, body):
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def known_hosts(port):
    return ", ".join([f"MAP {host} 127.0.0.1:{port}" for host in (PAGE_HOST, EDGE_HOST, SHARED_HOST)] + ["MAP * ~NOTFOUND"])


class Browser:
    """Headless Chromium, told what to do over the pipe of its debugging protocol (file descriptors 3 and 4)."""

    def __init__(self, folder, hosts):
        self.log = folder / "chromium.log"
        commands, self.output = os.pipe()
        self.input, messages = os.pipe()
        self.process = subprocess.Popen(
            # The shell puts the pipe's ends where Chromium looks for them.
            ["/bin/bash", "-c", f'exec "$@" 3<&{commands} 4>&{messages}', "bash", CHROMIUM, "--remote-debugging-pipe"]
            + ["--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
            + ["--disable-component-update", "--disable-sync", "--disable-quic", f"--user-data-dir={folder / 'profile'}"]
            + ["--ignore-certificate-errors", f"--host-resolver-rules={hosts}"]
            + (["--no-sandbox"] if os.getuid() == 0 else []),  # which Chromium refuses to root
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.log.open("w"),
            pass_fds=(commands, messages),
        )
        os.close(commands)
        os.close(messages)
        self.received, self.events, self.last_id = b"", [], 0

    def command(self, method, session=None, **params):
        self.last_id += 1
        message = {"id": self.last_id, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        answer = self.wait_for(lambda message: message.get("id") == self.last_id)
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def event(self, method, session):
        """Waits for an event of that name."""
        return self.wait_for(lambda message: message.get("method") == method and message.get("sessionId") == session)

    def wait_for(self, wanted):
        deadline = time.monotonic() + PATIENCE
        while True:
            for index, message in enumerate(self.events):
                if wanted(message):
                    return self.events.pop(index)
            self.receive(deadline)

    def receive(self, deadline):
        readable, _, _ = select.select([self.input], [], [], max(0, deadline - time.monotonic()))
        assert readable, "Chromium does not answer"
        received = os.read(self.input, 1 << 20)
        assert received, "Chromium has ended: " + self.log.read_text()
        *messages, self.received = (self.received + received).split(b"\0")
        self.events += map(json.loads, messages)

    def end(self):
        os.close(self.output)  # Chromium ends with its pipe
        self.process.wait(PATIENCE)
        os.close(self.input)


class Page:
    """The page, loaded, with cookies of its own, and with a clock that stands still until `pass_time`."""

    def __init__(self, browser):
        self.browser = browser
        self.context = browser.command("Target.createBrowserContext")["browserContextId"]
        target = browser.command("Target.createTarget", url="about:blank", browserContextId=self.context)["targetId"]
        self.session = browser.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.command("Page.enable")
        self.command("Page.navigate", url=f"https://{PAGE_HOST}/")
        self.browser.event("Page.loadEventFired", self.session)
        self.command("Emulation.setVirtualTimePolicy", policy="pause")

    def command(self, method, **params):
        return self.browser.command(method, self.session, **params)

    def run(self, script):
        """Runs a script in the page; returns what it, or its promise, comes to."""
        answer = self.command("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise PageError(answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    def call(self, function, *arguments):
        return self.run(f"{function}({', '.join(map(json.dumps, arguments))})")

    def pass_time(self, seconds):
        """Lets timers come due as if so much time passed. The clock waits for requests under way."""
        self.command("Emulation.setVirtualTimePolicy", policy="pauseIfNetworkFetchesPending", budget=seconds * 1000)
        self.browser.event("Emulation.virtualTimeBudgetExpired", self.session)

    def close(self):
        self.browser.command("Target.disposeBrowserContext", browserContextId=self.context)


class PageError(Exception):
    """What a script in the page threw, or what its promise was rejected with."""


class Collector:
    """A running collector, and what it keeps."""

    def __init__(self):
        self.process = subprocess.Popen(
            [PROGRAM, "collector", "--port", "0", "--org", ORGANISATION], stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        assert line.startswith("collector listening on http://127.0.0.1:"), line
        self.port = int(line.rsplit(":", 1)[1])

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", path)
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def sessions(self):
        return self.get("/api/sessions")

    def events(self, session):
        return self.get(f"/api/sessions/{session}/events")

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == 0
        self.process.stdout.close()


@pytest.fixture(scope="session")
def gateway(tmp_path_factory):
    if not shutil.which(CHROMIUM) or not ALLOY.exists():
        pytest.skip("no Chromium or no Web SDK: scripts/bootstrap browser")
    folder = tmp_path_factory.mktemp("certificates")
    subprocess.run([ROOT / "tests/support/make_certificates.sh", folder], check=True)
    server = Gateway(folder / "server.pem", folder / "server.key")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser(gateway, tmp_path_factory):
    chromium = Browser(tmp_path_factory.mktemp("chromium"), known_hosts(gateway.server_port))
    yield chromium
    chromium.end()


@pytest.fixture
def collector(gateway):
    process = Collector()
    gateway.serve(process.port)
    yield process
    process.end()


@pytest.fixture
def page(browser, collector):
    tab = Page(browser)
    yield tab
    tab.close()
