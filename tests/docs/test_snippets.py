"""C, Lua and Python in the documentation is part of a program that is run: of docs/examples, between comments [name] and
[/name]. JSON is JSON."""
import json
import re
import textwrap

import pytest

from pages import PAGES, ROOT, blocks_of

LANGUAGES = {"c": "c", "h": "c", "lua": "lua", "py": "python"}
PROGRAM_BLOCKS = [block for page in PAGES for block in blocks_of(page) if block.language in LANGUAGES.values()]
JSON_BLOCKS = [block for page in PAGES for block in blocks_of(page) if block.language in ("json", "jsonl")]
SOURCES = sorted(path for suffix in LANGUAGES for path in (ROOT / "docs/examples").glob(f"**/*.{suffix}"))
PART = re.compile(r"^ *(?:/\*|#|--) \[(\w+)\](?: \*/)?\n(.*?)\n *^ *(?:/\*|#|--) \[/\1\](?: \*/)?$", re.M | re.S)


def parts_of(source):
    text = source.read_text(encoding="utf-8")
    return {name: textwrap.dedent(part).rstrip() for name, part in PART.findall(text)}


PARTS = {f"{source.relative_to(ROOT)} [{name}]": part for source in SOURCES for name, part in parts_of(source).items()}


@pytest.mark.parametrize("block", PROGRAM_BLOCKS, ids=lambda block: block.where)
def test_it_is_part_of_an_example(block):
    name = block.marked("from")
    assert name, f"{block.where}: a program needs a marker: <!-- from: docs/examples/FILE.c [PART] -->"
    assert name in PARTS
    assert block.language == LANGUAGES[re.search(r"\.(\w+) ", name)[1]]
    assert block.text == PARTS[name]


def test_every_part_is_shown():
    shown = {block.marked("from") for block in PROGRAM_BLOCKS}
    assert sorted(set(PARTS) - shown) == []


@pytest.mark.parametrize("block", JSON_BLOCKS, ids=lambda block: block.where)
def test_json_is_json(block):
    texts = block.text.split("\n") if block.language == "jsonl" else [block.text]
    for text in texts:
        if text.strip():
            json.loads(text)
