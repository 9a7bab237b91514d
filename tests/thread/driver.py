"""People at browsers without JavaScript: they load a page, fill its form in, send it, and look what came of it."""

import re
import time
from urllib.parse import urljoin, urlsplit

import requests
from lxml import html

PATIENCE_S = 90


class NoAnswer(Exception):
    """The server did not answer, or broke off: nobody can say whether the request was done."""


class Page:
    """A page as it was answered. url: where the redirects led."""

    def __init__(self, response):
        self.url, self.path = response.url, urlsplit(response.url).path
        self.content = response.content
        self.tree = html.fromstring(response.content) if "html" in response.headers["Content-Type"] else None

    def all(self, xpath):
        """What the XPath finds."""
        return self.tree.xpath(xpath)

    def first(self, xpath):
        """The first that the XPath finds, or None."""
        return next(iter(self.all(xpath)), None)

    def form(self, action):
        """The form whose action's path ends in this pattern, or None."""
        pattern = re.compile(f"{action}$")
        return next((f for f in self.tree.forms if pattern.search(urlsplit(f.get("action") or "").path)), None)

    def text(self, xpath):
        """The words of the first that the XPath finds, or None."""
        found = self.first(xpath)
        return None if found is None else " ".join(found.text_content().split())


class Person:
    """One person with one browser; cookies stay when the server dies."""

    def __init__(self, base, username="", on_the_way=None):
        """on_the_way: a set that holds the requests of many while they wait for their answers."""
        self.base, self.username = base, username
        self.on_the_way = set() if on_the_way is None else on_the_way
        self.browser = requests.Session()
        self.unanswered = 0

    def get(self, path):
        """Load a page. Raises NoAnswer."""
        return self._ask("GET", urljoin(self.base, path))

    def send(self, page, form, choose=None, upload=None, **values):
        """Send a form as a browser does: hidden fields, preset and chosen values, the button pressed.
        choose: (name, words) picks a select's option by what it says. upload: (field, file name, mime, bytes); a value
        of None leaves the field out, as an unticked box. Raises NoAnswer."""
        filled = dict(form.form_values())
        if choose:
            name, words = choose
            options = form.xpath(f'.//select[@name="{name}"]/option')
            filled[name] = next(o.get("value") for o in options if o.text_content().strip().startswith(words))
        filled |= values
        filled = {name: value for name, value in filled.items() if value is not None}
        body = {"data": filled}
        if form.get("enctype") == "multipart/form-data":
            body = {"files": [(name, (None, value)) for name, value in filled.items()]}
            if upload:
                field, name, mime, data = upload
                body["files"].append((field, (name, data, mime)))
        return self._ask(
            "POST", urljoin(page.url, form.get("action") or page.url), headers={"Referer": page.url}, **body
        )

    def _ask(self, method, url, **rest):
        request = (self.username, method, urlsplit(url).path)
        self.on_the_way.add(request)
        try:
            response = self.browser.request(method, url, timeout=60, **rest)
        except requests.RequestException as error:
            self.unanswered += 1
            raise NoAnswer(f"{method} {url}: {type(error).__name__}") from error
        finally:
            self.on_the_way.discard(request)
        assert response.status_code < 400, f"{self.username}: {method} {url}: {response.status_code} {_words(response)}"
        return Page(response)

    def see(self, path, wanted):
        """Load a page until it shows what is wanted; returns that and the page."""
        return self.achieve(path, wanted, lambda page: None)

    def achieve(self, path, done, act):
        """Look at the page; act unless it is done; look again. What got no answer is not repeated blindly.
        done(page): what was wanted, or nothing. act(page): sends a form, if the page offers it."""
        ends = time.monotonic() + PATIENCE_S
        page = None
        while time.monotonic() < ends:
            try:
                page = self.get(path)
                found = done(page)
                if found is not None and found is not False:  # an element without children counts as false
                    return found, page
                if act(page) is None:
                    time.sleep(0.25)
            except NoAnswer:
                time.sleep(0.15)
        raise AssertionError(f"{self.username} waited in vain at {path}: {_words(page)}")

    def press(self, path, action, **values):
        """Wait for the form to stand on the page, and send it until it stands there no more."""
        seen = False

        def gone(page):
            nonlocal seen
            there = page.form(action) is not None
            seen = seen or there
            return seen and not there

        return self.achieve(path, gone, lambda page: self._sent(page, action, values))[1]

    def _sent(self, page, action, values):
        form = page.form(action)
        return None if form is None else self.send(page, form, **values)

    def sign_in(self, password):
        """Sign in and stand on the start page."""

        def act(page):
            return self.send(page, page.form("/sign-in"), username=self.username, password=password)

        self.achieve("/", lambda page: page.path == "/", act)

    def open_task(self, path_begins):
        """Go through the own work list to the first task whose page begins so; returns the page."""

        def find(page):
            for link in page.all('//*[@id="work-list"]//a[starts-with(@href, "/tasks/")]/@href'):
                opened = self.get(link)
                if opened.path.startswith(path_begins):
                    return opened
            return None

        return self.see("/", find)[0]


def _words(page):
    """What a page says, in short, for the message of a failure."""
    if page is None:
        return "(no answer)"
    text = html.fromstring(page.content).text_content() if page.content else ""
    return " ".join(text.split())[:600]
