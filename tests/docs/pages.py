"""The documentation as tests see it: pages, their fenced blocks, their headings."""
import pathlib
import re
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("**/*.md"))]

FENCE = re.compile(r"^( *)```(\w*)\s*$")
MARKER = re.compile(r"^ *<!-- (.*) -->\s*$")


@dataclass
class Block:
    """A fenced block. `marker` is the comment on the line before it, "" when there is none."""

    page: pathlib.Path
    line: int
    language: str
    marker: str
    text: str

    @property
    def where(self):
        return f"{name_of(self.page)}:{self.line}"

    def marked(self, word):
        """What follows `word: ` in the marker, or "" for the word alone; None when the marker is another."""
        if self.marker == word:
            return ""
        return self.marker[len(word) + 2:] if self.marker.startswith(word + ": ") else None


def name_of(page):
    return str(page.relative_to(ROOT))


def blocks_of(page):
    """All fenced blocks, in order."""
    lines = page.read_text(encoding="utf-8").split("\n")
    blocks, at = [], 0
    while at < len(lines):
        opening = FENCE.match(lines[at])
        if not opening:
            at += 1
            continue
        indent, marker = len(opening[1]), MARKER.match(lines[at - 1]) if at else None
        end = next(i for i in range(at + 1, len(lines)) if lines[i].strip() == "```")
        text = "\n".join(line[indent:] for line in lines[at + 1:end])
        blocks.append(Block(page, at + 1, opening[2], marker[1] if marker else "", text))
        at = end + 1
    return blocks


def prose_of(page):
    """The page without its fenced blocks and inline code."""
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors_of(page):
    """What `#...` may point to, by GitHub's rules."""
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    anchors = set()
    for heading in re.findall(r"^#+ (.*)$", text, flags=re.M):
        slug = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        anchors.add(slug)
    return anchors


def table_rows(page, heading):
    """The rows of the first table below a heading, as lists of cells, without head and rule."""
    text = page.read_text(encoding="utf-8").split(f"\n{heading}\n", 1)[1]
    rows = []
    for line in text.split("\n"):
        if line.startswith("|"):
            rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))])
        elif rows:
            break
    return rows[2:]
