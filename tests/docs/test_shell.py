"""Shell examples do what the pages say. The marker before a block decides:

  <!-- test -->          run it. `console`: each `$ command` prints what stands below it, `...` standing for anything.
                         `sh`: it ends with 0.
  <!-- test: collector -->  a `console` block that starts a collector: it goes on running, on a port of its own, which
                         takes the place of 8484 in the blocks after it.
  <!-- file: NAME -->    makes a file with the block's text.
  <!-- not run: WHY -->  leaves it alone.

The blocks of a page run in order, in one folder. A background process of a page ends with it."""
import re
import subprocess
import time

import pytest

from pages import PAGES, blocks_of, name_of

SHELL = ("console", "sh")
DOCUMENTED_URL = "http://127.0.0.1:8484"
PATIENCE = 300  # seconds until a test gives up; nothing waits this long when all is well


def commands_of(block):
    """(command, expected output) for each `$ ` of a console block; `> ` continues a command."""
    found = []
    for line in block.text.split("\n"):
        if line.startswith("$ "):
            found.append([line[2:], []])
        elif line.startswith("> ") and not found[-1][1]:
            found[-1][0] += "\n" + line[2:]
        else:
            found[-1][1].append(line)
    return [(command, "\n".join(lines).strip("\n")) for command, lines in found]


def pattern_of(expected):
    parts = [re.escape(part) for part in expected.split("...")]
    return re.compile(".*?".join(parts) + r"\Z", re.S)


def tidy(output):
    return "\n".join(line.rstrip() for line in output.split("\n")).strip("\n")


class Shell:
    """Runs the blocks of a page."""

    def __init__(self, folder):
        self.folder, self.status, self.url, self.processes = folder, 0, DOCUMENTED_URL, []
        self.environment = {
            "PATH": f"{folder}/bin:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
        }

    def run(self, command):
        """What the command prints, on both streams."""
        script = f"(exit {self.status})\n{command.replace(DOCUMENTED_URL, self.url)}"
        run = subprocess.run(["bash", "-c", script], cwd=self.folder, env=self.environment, text=True, timeout=PATIENCE,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.status = run.returncode
        return tidy(run.stdout.replace(self.url, DOCUMENTED_URL))

    def check(self, block):
        for command, expected in commands_of(block):
            output = self.run(command)
            where = f"{block.where}: $ {command}"
            assert pattern_of(tidy(expected)).match(output), f"{where}\nprinted\n{output}\ninstead of\n{expected}"

    def start_collector(self, block):
        (command, expected), = commands_of(block)
        output = self.folder / "collector.out"
        with output.open("w") as out:
            process = subprocess.Popen(["bash", "-c", f"exec {command} --port 0"], cwd=self.folder,
                                       env=self.environment, stdout=out, stderr=out)
        self.processes.append(process)
        give_up = time.monotonic() + PATIENCE
        said = ""
        while said != tidy(expected):
            assert time.monotonic() < give_up and process.poll() is None, f"{block.where}: {said}"
            time.sleep(0.05)
            if found := re.search(r"http://\S+(?=\n)", output.read_text()):
                self.url = found[0]
                said = tidy(output.read_text().replace(self.url, DOCUMENTED_URL))

    def end(self):
        for process in self.processes:
            process.terminate()
            process.wait(PATIENCE)


def do(shell, block):
    if block.marked("file"):
        (shell.folder / block.marked("file")).write_text(block.text + "\n", encoding="utf-8")
    elif block.marked("test") == "collector":
        shell.start_collector(block)
    elif block.marked("test") == "" and block.language == "console":
        shell.check(block)
    elif block.marked("test") == "":
        output = shell.run("set -eu\n" + block.text)
        assert shell.status == 0, f"{block.where}: {output}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_shell_examples(page, workplace):
    shell = Shell(workplace)
    try:
        for block in blocks_of(page):
            do(shell, block)
    finally:
        shell.end()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_shell_example_is_marked(page):
    words = ("test", "file", "not run")
    unmarked = [block.where for block in blocks_of(page)
                if block.language in SHELL and all(block.marked(word) is None for word in words)]
    assert unmarked == []
