"""Every public C function is bound, the lists of C and Python agree, and every public name says what it is."""

import enum
import importlib.util
import inspect
import os
import pathlib
import re
import subprocess
import sys

import mediabeat
import pytest
from mediabeat import _native

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADERS = ROOT / "core/include/mediabeat"
BINDINGS = ROOT / "bindings"

# Functions whose Python name does not follow from the C name.
ELSEWHERE = {
    "mb_client_new": "Client.__init__",
    "mb_client_wait": "Client.wait_for_io",
    "mb_config_new": "Config.__init__",
    "mb_config_set_text": "Config.set_text",
    "mb_curl_global_init": "curl_global_init",
    "mb_curl_transport_new": "Client.__init__",
    "mb_request_complete": "Request.complete",
    "mb_session_open": "Session.__init__",
    "mb_session_resume": "Session.__init__",
    "mb_tracker_new": "Tracker.__init__",
    "mb_version": "version",
}

# Functions that Python does not see, and why. They must be called in bindings all the same, but for those marked so.
INSIDE = {
    "mb_client_free": "an object is freed by close() or when it goes",
    "mb_config_free": "an object is freed when it goes",
    "mb_media_info_init": "fills in what Media has as defaults",
    "mb_request_set_user": "keeps the object of a request",
    "mb_request_user": "keeps the object of a request",
    "mb_session_free": "an object is freed by close() or when it goes",
    "mb_tracker_free": "an object is freed by close() or when it goes",
}


def functions():
    """The names of all functions that the headers declare."""
    names = set()
    for header in HEADERS.glob("*.h"):
        text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.DOTALL)
        names.update(re.findall(r"MB_API\b[^;(]*?\b(mb_\w+)\s*\(", text))
    return sorted(names)


def place_of(function):
    """Where a function is by its name: mb_tracker_play is Tracker.play or Tracker._play, mb_drop_text is drop_text."""
    if function in ELSEWHERE:
        return [ELSEWHERE[function]]
    name = function[len("mb_") :]
    kind, _, rest = name.partition("_")
    return [f"{kind.capitalize()}.{rest}", f"{kind.capitalize()}._{rest}", name]


def found(place):
    owner = _native
    for part in place.split("."):
        owner = getattr(owner, part, None)
    return owner is not None


def test_the_headers_are_read():
    assert {"mb_tracker_play", "mb_client_descriptor", "mb_curl_transport_new", "mb_request_body"} <= set(functions())
    assert len(functions()) > 80


@pytest.mark.parametrize("function", functions())
def test_every_public_function_is_bound(function):
    if function not in INSIDE:
        assert any(found(place) for place in place_of(function)), f"{function}: none of {place_of(function)}"
    sources = "".join(path.read_text() for path in [*BINDINGS.glob("*.c"), *BINDINGS.glob("*.i")])
    called = re.search(rf"\b{function}\b", sources)
    by_macro = re.search(
        rf"(TRACKER_CALL|REQUEST_TEXT)\({function.split('_', 2)[2]}\b" if function.count("_") > 1 else "$^", sources
    )
    assert called or by_macro, f"{function} is called nowhere in bindings"


def test_the_exceptions_are_functions():
    assert set(ELSEWHERE) | set(INSIDE) <= set(functions())


def members_of(header, prefix, macro):
    """Names of an X-macro list."""
    text = (HEADERS / header).read_text()
    block = text[text.index(f"#define {macro}(X)") :].split("\n\n")[0]
    return re.findall(rf"X\({prefix}(\w+)", block)


def test_results_are_the_statuses():
    assert members_of("status.h", "MB_", "MB_STATUS_LIST") == [result.name for result in mediabeat.Result]
    for result in mediabeat.Result:
        assert _native.status_name(result) == f"MB_{result.name}"
        assert result.text == _native.status_text(result)
        assert result.refused == bool(_native.status_is_refusal(result))
    assert _native.status_text(10**6) == "unknown status"


def test_drops_are_those_of_c():
    assert members_of("client.h", "MB_DROP_", "MB_DROP_LIST") == [drop.name for drop in mediabeat.Drop]
    assert _native.drop_text(mediabeat.Drop.CLOSED) == "undelivered when the client was closed"


@pytest.mark.parametrize(
    ("kind", "prefix", "header"),
    [(mediabeat.Consent, "MB_CONSENT_", "client.h"), (mediabeat.LogLevel, "MB_LOG_", "host.h")],
)
def test_numbers_are_those_of_c(kind, prefix, header):
    numbers = re.findall(rf"\b{prefix}(\w+) = (\d)", (HEADERS / header).read_text())
    assert [(member.name, str(int(member))) for member in kind] == numbers


def test_stats_are_those_of_c():
    text = (HEADERS / "client.h").read_text()
    struct = text[text.index("typedef struct mb_stats") : text.index("} mb_stats;")]
    assert re.findall(r"uint64_t (\w+)", struct) == list(mediabeat.Stats.__dataclass_fields__)


def test_infos_are_those_of_c():
    text = (HEADERS / "tracker.h").read_text() + (HEADERS / "host.h").read_text()
    for kind, struct in (
        (mediabeat.Media, "mb_media_info"),
        (mediabeat.AdBreak, "mb_ad_break_info"),
        (mediabeat.Ad, "mb_ad_info"),
        (mediabeat.Chapter, "mb_chapter_info"),
        (mediabeat.QoE, "mb_qoe_info"),
    ):
        body = text[text.index(f"typedef struct {struct} {{") : text.index(f"}} {struct};")]
        fields = re.findall(r"^  (?:const char \*|double |bool |int64_t )(\w+);", body, flags=re.MULTILINE)
        assert [field.replace("_time_ms", "_time") for field in fields] == list(kind.__dataclass_fields__)


def test_the_version_is_that_of_the_library():
    header = (HEADERS / "mediabeat.h").read_text()
    assert re.search(r'#define MB_VERSION "(.*)"', header)[1] == mediabeat.__version__ == _native.version()


# Generated types have a metaclass of SWIG's, and nobody makes a Request.
GENERATED = ("Client", "Config", "Request", r"Request\.__init__", "Session", "Tracker", "VirtualClock")
STUBTEST_ALLOWS = "".join(rf"mediabeat\._native\.{name}" + "\n" for name in GENERATED)


def run_module(module, *arguments):
    path = pathlib.Path(mediabeat.__file__).parents[1]
    environment = {**os.environ, "MYPYPATH": str(path), "PYTHONPATH": str(path)}
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.skipif(not importlib.util.find_spec("mypy"), reason="needs mypy")
def test_stub_and_runtime_agree(tmp_path):
    (tmp_path / "allow").write_text(STUBTEST_ALLOWS)
    ran = run_module("mypy.stubtest", "--concise", "--allowlist", str(tmp_path / "allow"), "mediabeat._native")
    assert (ran.stdout, ran.returncode) == ("", 0) or ran.stdout.startswith("Success"), ran.stdout


@pytest.mark.skipif(not importlib.util.find_spec("mypy"), reason="needs mypy")
def test_the_package_is_typed_strictly(tmp_path):
    ran = run_module("mypy", "--strict", "--cache-dir", str(tmp_path), str(ROOT / "python/mediabeat"))
    assert ran.returncode == 0, ran.stdout


PUBLIC = [name for name in mediabeat.__all__ if not name.startswith("__")]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_says_what_it_is(name):
    thing = getattr(mediabeat, name)
    assert inspect.getdoc(thing) and not inspect.getdoc(thing).startswith(f"{name}("), name
    if not inspect.isclass(thing):
        return
    for member in vars(thing):
        if member.startswith("_") or issubclass(thing, enum.Enum) or member in ("this", "thisown"):
            continue
        value = getattr(thing, member)
        if callable(value) or isinstance(value, property):
            assert inspect.getdoc(value), f"{name}.{member}"


def test_generated_methods_say_what_they_do():
    for kind in (_native.Tracker, _native.Session, _native.Client, _native.Request):
        for name, method in vars(kind).items():
            if not name.startswith("_") and callable(method):
                assert inspect.getdoc(method), f"{kind.__name__}.{name}"
                assert method.__text_signature__, f"{kind.__name__}.{name}"


def test_all_is_sorted_and_there():
    assert sorted(mediabeat.__all__) == mediabeat.__all__
    assert all(hasattr(mediabeat, name) for name in mediabeat.__all__)
