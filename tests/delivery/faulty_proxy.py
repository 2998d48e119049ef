"""A proxy that stands between a client and a collector and does what networks and backends do: waits, fails, forgets.

A fault is a function of the request's number (from 1) and its path; it returns None to pass the request on, a status to
answer it with that, or a callable to run before passing it on."""
import http.client
import http.server
import socketserver
import threading
import urllib.parse

# As either wire has it.
WORDS = b'{"message":"said by the faulty proxy","title":"said by the faulty proxy"}'


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_POST(self):
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        number = proxy.note(self.path, body)
        fault = proxy.fault(number, self.path)
        if isinstance(fault, int):
            return self.answer(fault, {}, WORDS)
        if callable(fault):
            fault()
        self.answer(*proxy.pass_on(self.path, body))

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 204:
            self.wfile.write(body)


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


class FaultyProxy:
    def __init__(self, collector_url, fault=lambda number, path: None, port=0):
        self.target = urllib.parse.urlsplit(collector_url).netloc
        self.fault = fault
        self.seen = []
        self.lock = threading.Lock()
        self.server = _Server(("127.0.0.1", port), _Handler)
        self.server.proxy = self
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def note(self, path, body):
        with self.lock:
            self.seen.append((path, body))
            return len(self.seen)

    def pass_on(self, path, body):
        connection = http.client.HTTPConnection(self.target, timeout=30)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            headers = {"Location": response.headers["Location"]} if "Location" in response.headers else {}
            return response.status, headers, response.read()
        finally:
            connection.close()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
