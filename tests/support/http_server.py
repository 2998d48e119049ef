#!/usr/bin/env python3
"""A small HTTP/1.1 server on loopback that answers as it is asked to. Python's standard library only.

    http_server.py [--tls CERTIFICATE KEY]

Prints its port as the first line and serves until its standard input ends, so that it never outlives a test.

    POST /STATUS?location=TEXT&retry-after=TEXT&body=BYTES&delay=SECONDS&close=1
        Reads the body, waits, answers with that status. `close` closes the connection afterwards.
    POST /echo          200 with method, path, headers and body as the server saw them
    POST /count         200 with "connections=N requests=N resumed=N proxied=N", this request included
    POST /silent        closes the connection without an answer
    POST /headers       sends header lines without end
    POST /endless       sends a body without end
    POST /short         announces 100 bytes, sends 10 and closes
    POST /garbage       sends what is not HTTP

It is a proxy too: absolute URIs are forwarded, CONNECT opens a tunnel.
"""

import argparse
import http.client
import http.server
import itertools
import select
import socket
import ssl
import sys
import threading
import time
from urllib.parse import parse_qs, urlsplit


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):
        pass

    def setup(self):
        super().setup()
        self.server.count("connections")
        if isinstance(self.connection, ssl.SSLSocket):
            self.connection.do_handshake()
            self.server.count("resumed", int(self.connection.session_reused))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.startswith("http://"):
            return self.forward(body)
        self.server.count("requests")
        url = urlsplit(self.path)
        name = url.path.rsplit("/", 1)[-1]
        if name.isdigit():
            return self.answer_as_asked(int(name), parse_qs(url.query))
        getattr(self, "answer_" + name)(body)

    def answer(self, status, headers=(), body=b""):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_as_asked(self, status, query):
        time.sleep(float(query.get("delay", ["0"])[0]))
        headers = [(name, query[name.lower()][0]) for name in ("Location", "Retry-After") if name.lower() in query]
        if "close" in query:
            headers.append(("Connection", "close"))
        self.answer(status, headers, b"x" * int(query.get("body", ["0"])[0]))

    def answer_echo(self, body):
        text = f"{self.command} {self.path}\n{self.headers}".replace("\r", "").encode()
        self.answer(200, body=text + body)

    def answer_count(self, body):
        self.answer(200, body=self.server.report().encode())

    def answer_silent(self, body):
        self.close_connection = True

    def answer_headers(self, body):
        self.endless(b"HTTP/1.1 200 OK\r\n", b"X-Padding: " + b"x" * 1000 + b"\r\n")

    def answer_endless(self, body):
        self.endless(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"x" * 65536)

    def endless(self, head, piece):
        self.close_connection = True
        self.wfile.write(head)
        for _ in itertools.count():
            self.wfile.write(piece)

    def answer_short(self, body):
        self.close_connection = True
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")

    def answer_garbage(self, body):
        self.close_connection = True
        self.wfile.write(b"\x00\xff\r\n\r\nHTTP")

    def forward(self, body):
        self.server.count("proxied")
        url = urlsplit(self.path)
        upstream = http.client.HTTPConnection(url.netloc, timeout=60)
        upstream.request("POST", url.path + ("?" + url.query if url.query else ""), body, dict(self.headers))
        response = upstream.getresponse()
        self.answer(response.status, body=response.read())
        upstream.close()

    def do_CONNECT(self):
        self.server.count("proxied")
        host, port = self.path.rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=60) as upstream:
            self.send_response(200)
            self.end_headers()
            self.relay(upstream)
        self.close_connection = True

    def relay(self, upstream):
        other = {self.connection: upstream, upstream: self.connection}
        while True:
            for source in select.select(list(other), [], [])[0]:
                data = source.recv(65536)
                if not data:
                    return
                other[source].sendall(data)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, tls):
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.counts = dict.fromkeys(("connections", "requests", "resumed", "proxied"), 0)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def count(self, name, step=1):
        with self.lock:
            self.counts[name] += step

    def report(self):
        with self.lock:
            return " ".join(f"{name}={count}" for name, count in self.counts.items())

    def handle_error(self, request, client_address):
        pass  # a client that goes away, or refuses the certificate, is what some tests want


def main():
    parser = argparse.ArgumentParser(description="HTTP server for tests")
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"))
    server = Server(parser.parse_args().tls)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
