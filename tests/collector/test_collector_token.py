"""Who may look at a collector and control it, and who may not."""

import http.client
import re
import socket

import pytest
from conftest import PATIENCE, ROOT, envelope, event, start, xdm_start

TOKEN = "s3cret-0123456789.~_"
OWNERS = [
    (method, "/page/page.css" if path == "/page/{}" else path.replace("{}", "{sid}"))
    for method, path in re.findall(
        r'\{"([A-Z]+)", "(/[^"]*)",.* MBC_FOR_OWNER\}', (ROOT / "collector/routes.c").read_text()
    )
]
SHORT = [(method, path) for method, path in OWNERS if path != "/api/live"]  # the others have an end


@pytest.fixture
def guarded(launch):
    return launch("--token", TOKEN)


def ask(collector, method, path, sid, **headers):
    """Over a connection of its own: answers may have no end."""
    connection = http.client.HTTPConnection("127.0.0.1", collector.port, timeout=PATIENCE)
    connection.putrequest(method, path.format(sid=sid), skip_host=True)
    for name, value in {"Host": f"127.0.0.1:{collector.port}", **headers}.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    response = connection.getresponse()
    connection.close()
    return response


def test_all_that_is_not_the_protocols_is_the_owners():
    assert len(OWNERS) > 15


# With a token


@pytest.mark.parametrize("method, path", OWNERS)
def test_no_token_no_look(guarded, method, path):
    sid = guarded.open()
    answer = ask(guarded, method, path, sid)
    assert answer.status == 401 and answer.headers["WWW-Authenticate"] == "Bearer"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert ask(guarded, "GET", "/api/sessions", sid, Authorization=f"Bearer {TOKEN}").status == 200
    session = guarded.request("GET", "/api/sessions", headers={"Authorization": f"Bearer {TOKEN}"}).json[0]
    assert session["state"] == "open"


@pytest.mark.parametrize("value", [f"Bearer {TOKEN}", f"bearer {TOKEN}"])
def test_bearer(guarded, value):
    assert ask(guarded, "GET", "/api/sessions", "", Authorization=value).status == 200


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", f"Bearer  {TOKEN}",
              f"Bearer {TOKEN[:-1]}X", "Bearer " + "x" * 10_000]
)  # fmt: skip
def test_wrong_bearers(guarded, value):
    assert ask(guarded, "GET", "/api/sessions", "", Authorization=value).status == 401


def test_a_browser_gets_a_cookie_and_a_clean_address(guarded):
    answer = ask(guarded, "GET", f"/?token={TOKEN}", "")
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert cookie == f"mediabeat_token={TOKEN}; Path=/; HttpOnly; SameSite=Strict"
    pair = cookie.split(";")[0]
    for cookies in (pair, f"a=b; {pair}", f"{pair}; a=b", f"xmediabeat_token=1;{pair}"):
        assert ask(guarded, "GET", "/api/sessions", "", Cookie=cookies).status == 200
    for cookies in (pair + "x", pair[:-1], f"x{pair}", "mediabeat_token=", "mediabeat_token", "a=mediabeat_token=" + TOKEN):
        assert ask(guarded, "GET", "/api/sessions", "", Cookie=cookies).status == 401


def test_token_in_the_address_of_the_api(guarded):
    assert ask(guarded, "GET", f"/api/sessions?token={TOKEN}", "").status == 200
    wrong = ask(guarded, "GET", "/api/sessions?token=wrong", "", Authorization=f"Bearer {TOKEN}")
    assert wrong.status == 401 and "Set-Cookie" not in wrong.headers


def test_a_cookie_is_not_for_pages_of_other_ports(guarded):
    cookie = f"mediabeat_token={TOKEN}"
    own, other = f"http://127.0.0.1:{guarded.port}", "http://127.0.0.1:1"
    assert ask(guarded, "POST", "/api/clock", "", Cookie=cookie, Origin=other, Content_Length="0").status == 403
    assert ask(guarded, "POST", "/api/clock", "", Cookie=cookie, Origin=own, Content_Length="0").status == 400


def test_players_need_no_token(guarded):
    sid = guarded.open()
    assert guarded.send(sid, event("play", 1)).status == 204
    assert guarded.post("/api/v1/downloaded", [start()]).status == 201
    assert guarded.edge("sessionStart", envelope(xdm_start())).status == 200
    assert guarded.get("/api/v1/schemas/play").status == 200
    assert guarded.get("/api/health").status == 200


def test_any_host_with_a_token(guarded):
    assert ask(guarded, "GET", "/api/sessions", "", Host="media.example.com", Authorization=f"Bearer {TOKEN}").status == 200


@pytest.mark.parametrize("token", ["short", "x" * 15, "x" * 257, "with space 0123456789", "semi;colon;0123456789", "é" * 16])
def test_tokens_that_are_none(run, token):
    result = run("--token", token)
    assert result.returncode == 2 and "--token" in result.stderr and token not in result.stderr


# Without one


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1"])
def test_other_addresses_need_a_token(run, address):
    result = run("--port", "0", "--listen", address)
    assert result.returncode == 2 and "--token" in result.stderr and address in result.stderr


def test_loopback_addresses_do_not(launch):
    for address in ("localhost", "127.0.0.1"):
        assert launch("--listen", address).sessions() == []


def test_other_addresses_with_a_token(run):
    import subprocess

    from conftest import PROGRAM

    words = [PROGRAM, "collector", "--port", "0", "--listen", "0.0.0.0", "--token", TOKEN]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().startswith("collector listening on http://0.0.0.0:")
        process.terminate()
    assert process.returncode == 0


@pytest.mark.parametrize("host", ["localhost", "localhost:1", "LocalHost:8484", "127.0.0.1", "127.1.2.3:80", "[::1]:8484"])
def test_own_hosts(collector, host):
    assert ask(collector, "GET", "/api/sessions", "", Host=host).status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8484", "127.0.0.1.evil.example", "localhost.evil.example", "[::2]",
                                  "10.0.0.1", "127.", "", "["])  # fmt: skip
@pytest.mark.parametrize("method, path", SHORT)
def test_a_name_that_somebody_else_resolves_to_this_machine(collector, host, method, path):
    assert ask(collector, method, path, "0" * 64, Host=host).status == 403


def test_protocols_answer_under_any_name(collector):
    answer = ask(collector, "GET", "/api/v1/schemas/play", "", Host="edge.example.com")
    assert answer.status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://localhost"])
@pytest.mark.parametrize("method, path", SHORT)
def test_pages_of_other_sites(collector, origin, method, path):
    answer = ask(collector, method, path, "0" * 64, Origin=origin)
    assert answer.status == 403 and "Access-Control-Allow-Origin" not in answer.headers


def test_own_page(collector):
    own = f"http://127.0.0.1:{collector.port}"
    assert ask(collector, "DELETE", "/api/faults", "", Origin=own).status == 204


@pytest.mark.parametrize("path", ["/api/faults", "/api/clock", "/api/sessions"])
def test_no_permission_for_other_sites_is_given_beforehand(collector, path):
    answer = ask(collector, "OPTIONS", path, "", Origin="http://evil.example", Access_Control_Request_Method="PUT")
    assert answer.status == 403 and "Access-Control-Allow-Origin" not in answer.headers


def test_no_page_of_another_site_reads_what_the_owner_is_told(collector):
    sid = collector.open()
    for method, path, body, status in [
        ("POST", f"/api/sessions/{sid}/close", None, 204),
        ("DELETE", "/api/faults", None, 204),
        ("OPTIONS", "/api/sessions", None, 204),
        ("OPTIONS", "/", None, 204),
        ("PUT", "/api/faults", "x" * (2 << 20), 413),
    ]:
        answer = collector.request(method, path, body)
        assert answer.status == status
        assert "Access-Control-Allow-Origin" not in answer.headers, (method, path)


def test_methods_of_a_path_with_several(collector):
    answer = collector.request("PATCH", "/api/faults")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, PUT, DELETE, OPTIONS")


def test_token_is_not_in_the_log(launch):
    collector = launch("--token", TOKEN, "--verbose")
    collector.get(f"/?token={TOKEN}")
    collector.get(f"/api/sessions?token={TOKEN}")
    _, log = collector.end()
    assert "303" in log and TOKEN not in log


def test_request_without_a_host(collector):
    with socket.create_connection(("127.0.0.1", collector.port), PATIENCE) as connection:
        connection.sendall(b"GET /api/sessions HTTP/1.0\r\n\r\n")
        assert connection.recv(100).startswith((b"HTTP/1.0 200", b"HTTP/1.1 200"))
