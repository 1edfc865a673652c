"""Search for the worker file on a shop's own address: some platforms choose its folder, and show it once, in bold."""

import html
from collections import Counter

from services.onboarding.shop.sites import Fault, host_of
from services.onboarding.shop_pages.findings import WorkerState
from services.onboarding.shop_pages.html_tokenizer import start_tags
from services.onboarding.shop_pages.parsing import PAGES
from services.onboarding.shop_pages.shop_check import Fetcher, judge_worker
from services.onboarding.shop_pages.shop_links import LONGEST_LINK, MOST_LINKS, path_on
from shared.events.settings import SiteConfigured
from shared.runtime.security.outbound import Forbidden, Interrupted, NotReached

FILE = "beckon-worker.js"
MOST_FOLDERS = 8
_SOURCES = {"img": "src", "script": "src", "link": "href", "source": "src"}


def folders_in(page: bytes, host: str) -> list[str]:
    """The root, then the folders from which a page loads its own files, the most used first: a bounded number. Never raises."""
    counted: Counter[str] = Counter()
    for number, tag in enumerate(start_tags(page)):
        target = tag.attributes.get(_SOURCES.get(tag.name, ""), "")
        if number >= MOST_LINKS * MOST_FOLDERS or not target or len(target) > LONGEST_LINK:
            continue
        path = path_on(host, html.unescape(target).strip().partition("?")[0])
        if path is not None:
            counted[path.rpartition("/")[0] + "/"] += 1
    others = sorted((folder for folder in counted if folder != "/"), key=lambda folder: (-counted[folder], folder))
    return ["/", *others][:MOST_FOLDERS]


async def find_worker(site: SiteConfigured, fetcher: Fetcher) -> str | None:
    """The path where the shop serves the file; None where it is in none of the folders that its first page names."""
    host = site.hosts[0]
    try:
        page = await fetcher.get(host, "/")
        for folder in await PAGES.parse(folders_in, page.body, host):
            answer = await fetcher.get(host, folder + FILE)
            if judge_worker(answer) in (WorkerState.GOOD, WorkerState.OLD):
                return folder + FILE
    except (Forbidden, NotReached, Interrupted):
        pass  # the step of the shop's address names why it is not reached
    return None


def worker_path_in(typed: str, site: SiteConfigured) -> str | Fault:
    """The path out of a path or a whole address, as the platform shows it after an upload."""
    text = typed.strip()
    if "://" not in text:
        return text
    if host_of(text) != site.hosts[0]:
        sentence = f"This address is none of {site.hosts[0]}: browsers take the file from the shop's own address alone."
        return Fault("worker_path", sentence)
    return "/" + text.partition("://")[2].partition("/")[2].partition("?")[0]
