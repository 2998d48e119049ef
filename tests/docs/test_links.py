"""Links between pages lead somewhere; every page can be reached from the README."""
import re

import pytest

from pages import PAGES, ROOT, anchors_of, name_of, prose_of

LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")


def links_of(page):
    found = [one or other for one, other in LINK.findall(prose_of(page))]
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def target_of(page, link):
    path, _, anchor = link.partition("#")
    return ((page.parent / path).resolve() if path else page), anchor


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    wrong = []
    for link in links_of(page):
        target, anchor = target_of(page, link)
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            wrong.append(link)
    assert wrong == []


def test_every_page_can_be_reached():
    seen, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        seen.add(page)
        targets = {target_of(page, link)[0] for link in links_of(page)}
        ahead += [target for target in targets if target.suffix == ".md" and target.exists() and target not in seen]
    assert [name_of(page) for page in PAGES if page not in seen] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_pages_on_the_web_are_linked_by_https(page):
    assert re.findall(r"\]\((http://[^)]*)\)", prose_of(page)) == []
