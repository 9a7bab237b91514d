"""How soon an installation answers after its start, what its first page weighs, and what the web process takes.

Lines: name value unit ratio to the budget, below 1 is within. Run: `python -m tests.bench.bench_start`."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urljoin

import requests
from lxml import html

from portal.demo.accounts import PASSWORD
from tests.thread.town import ROOT, Town

START_S, PAGE_KB, WEB_MIB = 10, 150, 150
PAGES = ("/", "/documents", "/cases", "/council", "/search?q=zeme", "/exchange", "/services", "/help")


def main():
    """Settle a small municipality, start its processes as `make run` does once it is loaded, and look."""
    with tempfile.TemporaryDirectory() as folder:
        town = Town(Path(folder) / "var")
        subprocess.run([sys.executable, "-m", "tests.thread.settle"], env=town.env, cwd=ROOT, check=True, timeout=300)
        began = time.perf_counter()
        town.pkip("db", "upgrade")
        try:
            town.start()
            _say("start", time.perf_counter() - began, "s", START_S)
            with requests.Session() as browser:
                first = browser.get(f"{town.url}/sign-in", timeout=30)
                _say("first_page", _weight(browser, first) / 1000, "kB", PAGE_KB)
                form = next(f for f in html.fromstring(first.content).forms if f.get("action").endswith("/sign-in"))
                fields = dict(form.form_values()) | {"username": "anna", "password": PASSWORD}
                browser.post(f"{town.url}/sign-in", data=fields, timeout=30).raise_for_status()
                for path in PAGES:
                    browser.get(f"{town.url}{path}", timeout=30).raise_for_status()
            _say("web_memory", _memory_mib(town.processes["web"].pid), "MiB", WEB_MIB)
        finally:
            town.stop()


def _weight(browser, page):
    """Bytes over the wire of the page with its styles and scripts; all of them come from the same host."""
    tree = html.fromstring(page.content)
    addresses = {urljoin(page.url, place) for place in tree.xpath("//link[@rel='stylesheet']/@href | //script/@src")}
    assert all(address.startswith(page.url.removesuffix("/sign-in")) for address in addresses), addresses
    return sum(_wire_bytes(browser, address) for address in [page.url, *addresses])


def _wire_bytes(browser, address):
    with browser.get(address, timeout=30, stream=True) as answer:
        answer.raise_for_status()
        return len(answer.raw.read(decode_content=False))


def _memory_mib(parent):
    """Resident memory of the process that answers: gunicorn's worker is the child of its arbiter."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    status = Path(f"/proc/{children[0] if children else parent}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _say(name, value, unit, budget):
    print(f"{name} {value:.1f} {unit} {value / budget:.2f}", flush=True)


if __name__ == "__main__":
    main()
