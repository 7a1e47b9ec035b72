"""A page as an HTML parser sees it."""

from html.parser import HTMLParser

import pytest


class Page(HTMLParser):
    """The tags, ids, texts and links of a page, and whether every tag is closed."""

    VOID = frozenset({"meta", "br", "img", "path", "use", "rect", "circle"})

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.text, self.targets, self.open, self.attributes = [], [], [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id"]
        self.targets += [value for name, value in attrs if name in ("href", "src", "xlink:href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="session")
def parsed():
    return Page
