"""Tables made from the protocol's tables are up to date; tests/docs/update_tables writes them."""
import pytest

from pages import PAGES, ROOT, name_of
from tables import CALLS, EVENTS, SHOWN, TABLES, entries, finding_entries, metric_entries, with_tables


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_tables_are_what_the_protocol_says(page):
    text = page.read_text(encoding="utf-8")
    assert text == with_tables(text)


def test_every_table_is_shown():
    shown = {name for page in PAGES for _, name, _ in SHOWN.findall(page.read_text(encoding="utf-8"))}
    assert shown == set(TABLES)


def test_every_line_of_the_lists_is_read():
    for name, macro in (("events", "MB_EVENT("), ("fields", "MB_FIELD(")):
        text = (ROOT / f"core/src/protocol/{name}.def").read_text(encoding="utf-8")
        assert len(list(entries(name))) == text.count("\n" + macro)
    text = (ROOT / "collector/metrics.def").read_text(encoding="utf-8")
    assert len(list(metric_entries())) == text.count("\nMB_METRIC(")
    text = (ROOT / "collector/findings.def").read_text(encoding="utf-8")
    assert len(list(finding_entries())) == text.count("\nMB_CHECK(")


def test_every_event_has_its_call():
    assert set(CALLS) == set(EVENTS)
