"""Reference pages hold what the programs say about themselves."""
import re

import pytest

from conftest import EXAMPLES, PROGRAM, output_of
from pages import PAGES, ROOT, name_of, table_rows

HEADERS = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "core/include/mediabeat").glob("*.h")))


def plain(cell):
    return cell.replace("`", "").replace("\\|", "|")


def documented_keys():
    page, keys = ROOT / "docs/configuration.md", []
    for heading in re.findall(r"^## .*$", page.read_text(encoding="utf-8"), flags=re.M):
        rows = table_rows(page, heading) if heading.startswith("## Keys") else []
        keys += [[plain(cell) for cell in row] for row in rows]
    return {row[0]: row[1:3] for row in keys}


def known_keys():
    rows = [line.split("\t") for line in output_of(EXAMPLES / "list_keys").splitlines()]
    return {name: [kind, default or "none"] for name, kind, default, _ in rows}


def test_configuration_lists_every_key_with_its_type_and_default():
    assert documented_keys() == known_keys()


def options_in(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))


COMMANDS = {"replay": "replay", "store": "store", "collector": "collector", "report": "report", "check": "checks"}


@pytest.mark.parametrize(("command", "page"), COMMANDS.items())
def test_command_pages_list_every_option(command, page):
    page = ROOT / f"docs/{page}.md"
    documented = {option for row in table_rows(page, "## Options") for option in options_in(row[0])}
    listed = re.findall(r"^ {2,6}(?:-\w, )?(--[a-z-]+)", output_of(PROGRAM, command, "--help"), flags=re.M)
    assert documented == set(listed)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_pages_name_only_what_the_headers_have(page):
    text = page.read_text(encoding="utf-8")
    known = set(re.findall(r"\b(?:mb|MB)_\w+", HEADERS + (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")))
    named = set(re.findall(r"\b(?:mb|MB)_\w*[A-Za-z]\b", text)) - {"mb_noun_verb"}
    assert sorted(name for name in named if name not in known) == []


def test_tracking_explains_every_refusal():
    page = (ROOT / "docs/tracking.md").read_text(encoding="utf-8")
    refusals = re.findall(r"X\((MB_REFUSED_\w+),", HEADERS)
    assert [name for name in refusals if name not in page] == []


def test_delivery_explains_every_drop():
    page = (ROOT / "docs/delivery.md").read_text(encoding="utf-8")
    drops = [name for name in re.findall(r"X\((MB_DROP_\w+),", HEADERS) if name != "MB_DROP_COUNT"]
    assert [name for name in drops if name not in page] == []


def test_architecture_says_what_every_file_is_for():
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    folder = ROOT / "core/src"
    files = {str(path.relative_to(folder).with_suffix("")) for path in folder.glob("**/*.[ch]")}
    assert sorted(name for name in files if f"`{name}`" not in page) == []


def test_ownership_has_every_function():
    """Its table of what may be called where is complete."""
    page = (ROOT / "docs/ownership.md").read_text(encoding="utf-8")
    functions = set(re.findall(r"MB_API [^;(]*?\*?(mb_\w+)\(", HEADERS))
    named = set(re.findall(r"mb_\w+", page))
    wild = tuple(name[:-1] for name in re.findall(r"mb_\w+\*", page))
    assert sorted(name for name in functions - named if not name.startswith(wild)) == []


def test_player_log_lists_every_call():
    page = (ROOT / "docs/player-log.md").read_text(encoding="utf-8")
    source = (ROOT / "cli/player_log.c").read_text(encoding="utf-8")
    calls = re.findall(r'\[CALL_\w+\] = \{"(\w+)"', source)
    assert len(calls) > 30
    assert [call for call in calls if f"`{call}`" not in page] == []


def test_readme_names_the_version():
    version = re.search(r'#define MB_VERSION "([^"]*)"', HEADERS)[1]
    assert version in (ROOT / "README.md").read_text(encoding="utf-8")
