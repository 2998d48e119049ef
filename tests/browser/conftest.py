"""A page in headless Chromium with Adobe's Web SDK on it, and a collector behind TLS on another origin.

The Web SDK speaks to https://{edgeDomain} and to no other port. So Chromium is told that these names are the gateway
below, whatever the port: it serves the page, ends TLS for the collector, and notes what passed. No other name is known
to Chromium, so nothing leaves the machine.
"""

import http.client
import http.server
import json
import os
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


def launch(playwright, hosts):
    """Chromium without a window, to which names are what `hosts` says."""
    return playwright.chromium.launch(
        executable_path=shutil.which(CHROMIUM),
        chromium_sandbox=os.getuid() != 0,  # which Chromium refuses to root
        args=["--disable-gpu", "--disable-quic", f"--host-resolver-rules={hosts}"],
        timeout=PATIENCE * 1000,
    )


class Clock:
    """The page's clock. It stands still but for `forward`."""

    def __init__(self, page):
        self.page, self.protocol = page, page.context.new_cdp_session(page)
        self.protocol.send("Emulation.setVirtualTimePolicy", {"policy": "pause"})

    def forward(self, seconds):
        """Lets timers come due as if so much time passed. The clock waits for requests under way."""
        over, deadline = [], time.monotonic() + PATIENCE
        policy = {"policy": "pauseIfNetworkFetchesPending", "budget": seconds * 1000}
        self.protocol.once("Emulation.virtualTimeBudgetExpired", lambda _: over.append(True))
        self.protocol.send("Emulation.setVirtualTimePolicy", policy)
        while not over:
            assert time.monotonic() < deadline, "the time of the page does not pass"
            self.page.wait_for_timeout(1)


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


def missing(*files):
    """Why these cannot run here, or None."""
    found = shutil.which(CHROMIUM) and all(file.exists() for file in files)
    return None if found else "no Chromium or no Web SDK: scripts/bootstrap browser"


@pytest.fixture(scope="session")
def playwright():
    from playwright.sync_api import sync_playwright  # where there is none, this file is read all the same

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def gateway(tmp_path_factory):
    if missing(ALLOY):
        pytest.skip(missing(ALLOY))
    folder = tmp_path_factory.mktemp("certificates")
    subprocess.run([ROOT / "tests/support/make_certificates.sh", folder], check=True)
    server = Gateway(folder / "server.pem", folder / "server.key")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser(playwright, gateway):
    with launch(playwright, known_hosts(gateway.server_port)) as chromium:
        yield chromium


@pytest.fixture
def collector(gateway):
    process = Collector()
    gateway.serve(process.port)
    yield process
    process.end()


@pytest.fixture
def page(browser, collector):
    """The page, loaded, with cookies of its own."""
    with browser.new_page(ignore_https_errors=True) as tab:
        tab.goto(f"https://{PAGE_HOST}/")
        yield tab


@pytest.fixture
def clock(page):
    return Clock(page)
