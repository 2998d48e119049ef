"""Configuration: its layers, and what --check-config says."""
import json

import pytest
from conftest import LIVE, line, start


@pytest.fixture
def config_file(tmp_path):
    def write(**members):
        path = tmp_path / "config.json"
        path.write_text(json.dumps(members))
        return path

    return write


def test_the_file_configures(dry, config_file):
    run = dry([start()], "--config", config_file(channel="from file"))
    assert run.events[0]["params"]["media.channel"] == "from file"


def test_the_log_goes_over_the_file(dry, config_file):
    log = [line(0, "configure", config={"channel": "from log"}), start()]
    run = dry(log, "--config", config_file(channel="from file", playerName="from file"))
    params = run.events[0]["params"]
    assert (params["media.channel"], params["media.playerName"]) == ("from log", "from file")


def test_options_go_over_the_log(dry):
    log = [line(0, "configure", config={"protocol": "collection-v1"}), start(), line(1, "sessionEnd")]
    run = dry(log, "--protocol", "downloaded-v1")
    assert [request["path"] for request in run.requests] == ["/api/v1/downloaded"]


def test_an_unknown_protocol(dry):
    run = dry([start()], "--protocol", "collection-v9")
    assert (run.status, run.out) == (2, "")
    assert '--protocol: protocol: "collection-v9" is not one of its values' in run.err


def test_an_unknown_key_is_a_warning_with_a_suggestion(dry):
    run = dry([line(0, "configure", config={"chanel": "c"}), start()])
    assert run.status == 0
    assert "chanel: no such key; did you mean channel?" in run.err


@pytest.mark.parametrize(
    "text, reason", [("{", "config.json: at byte 1: "), ("[]", "config.json: a configuration is an object, not an array")]
)
def test_a_file_that_is_no_configuration(mediabeat, tmp_path, text, reason):
    path = tmp_path / "config.json"
    path.write_text(text)
    run = mediabeat("replay", "--dry-run", "--config", path, "-", stdin="")
    assert (run.status, run.out) == (2, "")
    assert reason in run.err


def test_a_file_that_is_not_there(mediabeat):
    run = mediabeat("replay", "--dry-run", "--config", "nowhere.json", "-", stdin="")
    assert run.status == 2
    assert "nowhere.json: No such file or directory" in run.err


def test_sending_needs_an_endpoint_and_says_so(mediabeat):
    run = mediabeat("replay", "-", stdin=json.dumps(start()))
    assert (run.status, run.out) == (2, "")
    assert "endpoint: missing" in run.err and "--to" in run.err


@pytest.mark.parametrize("key", ["trackingServer", "reportSuite", "orgId"])
def test_sending_needs_to_know_whom_for(mediabeat, config_file, key):
    path = config_file(**{**LIVE, key: ""})
    run = mediabeat("replay", "--to", "http://127.0.0.1:9", "--config", path, "-", stdin=json.dumps(start()))
    assert (run.status, run.out) == (2, "")
    assert f"{key}: missing" in run.err


def test_check_config_finds_nothing(mediabeat, config_file):
    path = config_file(**LIVE, channel="c", playerName="p")
    run = mediabeat("replay", "--check-config", "--to", "http://127.0.0.1:9", "--config", path)
    assert (run.status, run.out, run.err) == (0, "", "")


def test_check_config_warns_of_what_a_backend_will_refuse(mediabeat, config_file):
    path = config_file(**LIVE, channel="c")
    run = mediabeat("replay", "--check-config", "--to", "http://127.0.0.1:9", "--config", path)
    assert (run.status, run.out) == (2, "")
    assert "playerName: not set" in run.err and "channel" not in run.err


def test_check_config_suggests_the_nearest_key(mediabeat, config_file):
    path = config_file(**LIVE, mainPingIntervall=10)
    run = mediabeat("replay", "--check-config", "--to", "http://127.0.0.1:9", "--config", path)
    assert (run.status, run.out) == (2, "")
    assert "mainPingIntervall: no such key; did you mean mainPingInterval?" in run.err


def test_check_config_names_what_is_missing(mediabeat, config_file):
    run = mediabeat("replay", "--check-config", "--config", config_file(trackingServer="x"))
    assert run.status == 2
    assert "endpoint: missing" in run.err


def test_check_config_does_not_insist_for_a_dry_run(mediabeat, config_file):
    assert mediabeat("replay", "--check-config", "--dry-run", "--config", config_file()).status == 0


def test_check_config_reads_the_log_too_and_stops(dry):
    run = dry([line(0, "configure", config={"chanel": "c"}), start()], "--check-config")
    assert (run.status, run.out) == (2, "")
    assert "did you mean channel?" in run.err


def test_check_config_shows_what_holds(mediabeat, config_file):
    run = mediabeat("replay", "--check-config", "--dry-run", "-v", "--config", config_file(channel="mine"))
    assert run.status == 0
    assert ["channel", "mine"] in [text.split() for text in run.out.splitlines()]


def test_a_file_with_a_byte_order_mark(mediabeat, tmp_path):
    path = tmp_path / "config.json"
    path.write_bytes(b'\xef\xbb\xbf{"channel": "mine"}')
    run = mediabeat("replay", "--check-config", "--dry-run", "-v", "--config", path)
    assert (run.status, run.err) == (0, "")
    assert ["channel", "mine"] in [text.split() for text in run.out.splitlines()]
