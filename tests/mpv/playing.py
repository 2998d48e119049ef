"""Real mpv without a screen, driven by its JSON IPC, and clips that ffmpeg makes for it."""

import json
import os
import socket
import subprocess
import time

from collected import PATIENCE, PROGRAM, ROOT, free_port, wait_for

MODULES = PROGRAM.parents[1] / "lua/5.2"
SCRIPT = ROOT / "lua/mpv/mediabeat.lua"
WHO = {"trackingServer": "metrics.example.com", "reportSuite": "suite", "orgId": "1@AdobeOrg",
       "datastreamId": "a-datastream", "channel": "channel", "retryInterval": 0.1, "retryIntervalMax": 0.2,
       "quitTimeout": PATIENCE}  # fmt: skip


class Mpv:
    """One process. `extra`: its options. Options of the script are in `configuration`; None leaves one as it is."""

    def __init__(self, folder, configuration, *extra, scripts=True, environment=None):
        self.socket_path = folder / f"ipc-{free_port()}"
        self.log = self.socket_path.with_suffix(".log")
        home = folder / "home"
        self.store = home / ".local/state/mpv/mediabeat"
        options = home / ".config/mpv/script-opts"
        options.mkdir(parents=True, exist_ok=True)
        lines = [f"{key}={value}" for key, value in configuration.items() if value is not None]
        (options / "mediabeat.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
        variables = {"HOME": str(home), "LUA_CPATH": f"{MODULES}/?.so;;", "PATH": os.environ["PATH"]}
        words = ["mpv", "--vo=null", "--ao=null", "--no-terminal", "--osc=no", "--ytdl=no",
                 *([f"--script={SCRIPT}"] if scripts else []),
                 f"--input-ipc-server={self.socket_path}", f"--log-file={self.log}",
                 *map(os.fsdecode, extra)]  # fmt: skip
        self.process = subprocess.Popen(words, env={**variables, **(environment or {})}, stdin=subprocess.DEVNULL)
        self.number, self.events, self.values = 0, [], {}

    # The connection

    def connect(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)

        def try_it():
            assert self.process.poll() is None, self.said()
            try:
                return not self.socket.connect(str(self.socket_path))
            except OSError:
                return False

        wait_for(try_it)
        self.lines = self.socket.makefile("r", encoding="utf-8", errors="replace")
        for index, name in enumerate(["time-pos", "paused-for-cache", "core-idle"]):
            self.command("observe_property", index + 1, name)
        return self

    def read(self):
        line = self.lines.readline()
        assert line, "mpv is gone\n" + self.said()
        message = json.loads(line)
        if message.get("event") == "property-change":
            self.values[message["name"]] = message.get("data")
        elif "event" in message:
            self.events.append(message)
        return message

    def send(self, *words):
        self.number += 1
        self.socket.sendall(json.dumps({"command": words, "request_id": self.number}).encode() + b"\n")

    def command(self, *words):
        self.send(*words)
        while (message := self.read()).get("request_id") != self.number or "event" in message:
            pass
        assert message["error"] == "success", (words, message)
        return message.get("data")

    def wait_event(self, name):
        while not any(event["event"] == name for event in self.events):
            self.read()
        while self.events.pop(0)["event"] != name:
            pass

    def wait_value(self, name, condition):
        while self.values.get(name) is None or not condition(self.values[name]):
            self.read()
        return self.values[name]

    # What a viewer does

    def play_to(self, position):
        return self.wait_value("time-pos", lambda at: at >= position)

    def pause(self, paused=True):
        self.command("set_property", "pause", paused)
        return self.command("get_property", "time-pos")

    def play_on(self, *words):
        """A command that goes on elsewhere. What was said before it, and nobody has read yet, is not of there."""
        self.command("get_property", "pause")
        self.events.clear()
        self.command(*words)
        self.wait_event("playback-restart")
        self.values["time-pos"] = None

    def seek(self, position):
        self.play_on("seek", position, "absolute", "exact")

    def leave(self, how):
        """Between which positions that is, as check() reads it: playback goes on until the word has arrived."""
        began, at = time.monotonic(), self.command("get_property", "time-pos")
        speed = self.command("get_property", "speed")
        backward = self.command("get_property", "play-dir") == "backward"
        how()
        passed = (time.monotonic() - began) * speed
        return f"{at - passed}..{at}" if backward else f"{at}..{at + passed}"

    def wait_tracked(self, kind):
        """Until the script has seen it. mpv tells no change that is taken back before the script has its turn."""
        wait_for(lambda: self.journals_with(f'"eventType":"{kind}"'))

    def journals_with(self, words):
        return [file for file in self.store.rglob("*.journal") if words in file.read_text(encoding="utf-8")]

    def quit(self):
        """How long it took."""
        began = time.monotonic()
        self.send("quit")
        for _ in self.lines:  # mpv waits for who does not listen
            pass
        return self.finish() - began

    def finish(self):
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        # 2, 3: all or some files could not be played
        assert status in (0, 2, 3), f"ended with {status}\n" + self.said()
        return time.monotonic()

    def said(self):
        """What the script has said, errors and warnings."""
        if not self.log.exists():
            return ""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(line for line in lines if "[e][mediabeat]" in line or "[w][mediabeat]" in line)


def chapters_text(*chapters):
    """As ffmpeg reads it. Each chapter: title, begin and end in seconds."""
    lines = [";FFMETADATA1", "title=A film"]
    for title, begin, end in chapters:
        times = [f"START={begin * 1000:.0f}", f"END={end * 1000:.0f}"]
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", *times, f"title={title}"]
    return "\n".join(lines) + "\n"


class Clips:
    """Made when they are asked for. All their frames are keyframes, so that seeks are quick."""

    def __init__(self, folder):
        self.folder = folder

    def ffmpeg(self, name, *words):
        path = self.folder / name
        if not path.exists():
            subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, words), str(path)], check=True)
        return path

    def film(self, seconds=60):
        picture = f"testsrc=size=160x90:rate=25:duration={seconds}"
        return self.ffmpeg(f"film-{seconds}.mkv", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i",
                           f"sine=duration={seconds}", "-c:v", "mpeg4", "-g", "1", "-c:a", "pcm_s16le")  # fmt: skip

    def short(self):
        return self.film(2)

    def song(self):
        return self.ffmpeg("song.wav", "-f", "lavfi", "-i", "sine=duration=0.6")

    def song_with_cover(self):
        picture = "color=red:size=64x64:duration=0.04"
        words = ["-i", self.song(), "-f", "lavfi", "-i", picture, "-map", "0:a", "-map", "1:v"]
        cover = ["-c:v", "png", "-frames:v", "1", "-disposition:v", "attached_pic"]
        return self.ffmpeg("covered.flac", *words, *cover)

    def stream(self):
        return self.ffmpeg("stream.ts", "-i", self.short(), "-c:v", "mpeg2video", "-c:a", "mp2")

    def chapters(self):
        chapters = [("The Bridge", 0, 3), ("The Lab", 3, 30), ("The Chase", 30, 60)]
        text = self.folder / "chapters.txt"
        text.write_text(chapters_text(*chapters), encoding="utf-8")
        return self.ffmpeg("chapters.mkv", "-i", self.film(60), "-i", text, "-map_metadata", 1, "-c", "copy")

    def chapters_without_length(self):
        text = self.folder / "empty-chapters.txt"
        chapters = [("Nothing", 0, 0), ("The Bridge", 0, 3), ("Nothing", 3, 3), ("The Lab", 3, 6)]
        text.write_text(chapters_text(*chapters), encoding="utf-8")
        words = ["-i", self.film(6), "-i", text, "-map_metadata", 1, "-c", "copy"]
        return self.ffmpeg("empty-chapters.mkv", *words)

    def noise(self):
        path = self.folder / "noise.mkv"
        path.write_bytes(bytes(i * 7919 % 251 for i in range(50_000)))
        return path

    def damaged(self):
        """The middle third is gone."""
        whole = bytearray(self.short().read_bytes())
        third = len(whole) // 3
        whole[third : 2 * third] = bytes(third)
        path = self.folder / "damaged.mkv"
        path.write_bytes(whole)
        return path
