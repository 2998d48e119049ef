"""--follow: lines are played as they come. No sleeps: each step waits for the output of the one before."""
import json
import signal

from conftest import PATIENCE, line, open_program, say, start


class Following:
    def __init__(self):
        self.process = open_program("replay", "--follow", "--dry-run", "-")

    def say(self, *lines):
        say(self.process, lines)

    def request(self):
        return json.loads(self.process.stdout.readline())

    def end(self):
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


def test_lines_are_played_as_they_come():
    run = Following()
    run.say(start())
    assert run.request()["body"]["eventType"] == "sessionStart"
    run.say(line(0, "play"))
    assert run.request()["body"]["eventType"] == "play"
    run.say(line(1000, "pause"))
    assert run.request()["body"]["eventType"] == "pauseStart"
    status, out, err = run.end()
    assert (status, out) == (0, "")
    assert "3 delivered" in err


def test_half_a_line_waits_for_the_rest():
    run = Following()
    text = json.dumps(start())
    run.process.stdin.write(text[:20])
    run.process.stdin.flush()
    run.process.stdin.write(text[20:] + "\n")
    run.process.stdin.flush()
    assert run.request()["at"] == 0
    assert run.end()[0] == 0


def test_a_wrong_line_ends_it_after_what_came_before():
    run = Following()
    run.say(start())
    run.request()
    run.say("{")
    status, out, err = run.end()
    assert (status, out) == (2, "")
    assert "<stdin>:2: not JSON" in err
    assert "1 delivered" in err


def test_the_same_bytes_as_a_log_that_is_read_whole(dry):
    lines = [start(), line(0, "play"), line(25000, "playhead", value=25), line(30000, "complete")]
    run = Following()
    run.say(*lines)
    status, out, _ = run.end()
    assert (status, out) == (0, dry(lines).out)


def test_ctrl_c_ends_it_with_a_summary():
    run = Following()
    run.say(start())
    run.request()
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(timeout=PATIENCE) == 130
    assert "1 session, 1 event: 1 delivered" in run.process.stderr.read()
    run.process.stdin.close()
