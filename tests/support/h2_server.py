#!/usr/bin/env python3
"""nginx with HTTP/2 over TLS on loopback: answers 201 with a Location at once, without reading the request's body.

    h2_server.py CERTIFICATE KEY DIRECTORY

Prints its port as the first line, or 0 when there is no nginx that can do this. Serves until its standard input ends.
"""

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

CONFIGURATION = """
daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  ssl_certificate {certificate};
  ssl_certificate_key {key};
  server {{
    listen 127.0.0.1:{port} ssl http2;
    location / {{
      add_header Location /sessions/$server_protocol-$connection;
      return 201;
    }}
  }}
}}
"""


def find_nginx():
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if not nginx:
        return None
    version = subprocess.run([nginx, "-V"], capture_output=True, text=True, check=False).stderr
    return nginx if "http_v2_module" in version and "http_ssl_module" in version else None


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_until_open(process, port):
    for _ in range(2400):
        if process.poll() is not None:
            return False
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.025)
    return False


def main():
    certificate, key, directory = (Path(argument).resolve() for argument in sys.argv[1:4])
    nginx, port = find_nginx(), free_port()
    if not nginx:
        print(0, flush=True)
        return
    configuration = directory / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(directory=directory, certificate=certificate, key=key, port=port))
    process = subprocess.Popen(
        [nginx, "-p", directory, "-c", configuration], stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    try:
        print(port if wait_until_open(process, port) else 0, flush=True)
        sys.stdin.read()
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
