"""The worker file is found where the platform put it: in a folder from which the shop's own page loads its files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.onboarding.setup.worker_search import MOST_FOLDERS, find_worker, folders_in, worker_path_in
from services.onboarding.shop.sites import Fault
from shared.runtime.security.outbound import Answer, NotReached
from tests.support.builders.onboarding import a_site

PAGE = b"""<link rel=stylesheet href="/style/shop.css"><img src="/assets/images/red.jpg?v=2"><img src="/assets/images/rose.jpg">
<script src="https://cdn.example/x.js"></script><img src="//shop.example/assets/flash/a.swf"><a href="/cart/">Cart</a>"""
WORKER = b"// Beckon's worker, version 1\n"


class Shop:
    """Serves its page, and the worker file at one path."""

    def __init__(self, page: bytes | None = PAGE, worker: str = "/assets/images/beckon-worker.js") -> None:
        self.page, self.worker = page, worker
        self.asked: list[str] = []

    async def get(self, host: str, path: str) -> Answer:
        self.asked.append(path)
        if self.page is None:
            raise NotReached("away")
        if path == "/":
            return Answer(200, {"content-type": "text/html"}, self.page)
        good = path == self.worker
        return Answer(200 if good else 404, {"content-type": "text/javascript"}, WORKER if good else b"")


def test_folders_are_those_of_the_shops_own_files_the_most_used_first() -> None:
    assert folders_in(PAGE, "shop.example") == ["/", "/assets/images/", "/assets/flash/", "/style/"]


@pytest.mark.parametrize("path", ["/beckon-worker.js", "/assets/images/beckon-worker.js", "/style/beckon-worker.js"])
async def test_the_file_is_found_at_the_root_or_beside_the_shops_own_files(path: str) -> None:
    assert await find_worker(a_site(), Shop(worker=path)) == path


async def test_a_file_that_is_nowhere_and_a_shop_that_is_away_are_not_found() -> None:
    shop = Shop(worker="/elsewhere/beckon-worker.js")

    assert await find_worker(a_site(), shop) is None
    assert len(shop.asked) <= 1 + MOST_FOLDERS
    assert await find_worker(a_site(), Shop(page=None)) is None


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("https://shop.example/assets/images/beckon-worker.js?x=1", "/assets/images/beckon-worker.js"),
        (" /beckon-worker.js ", "/beckon-worker.js"),
    ],
)
def test_a_path_is_taken_as_typed_and_out_of_a_pasted_address(typed: str, path: str) -> None:
    assert worker_path_in(typed, a_site()) == path


def test_an_address_of_another_host_is_refused_for_browsers_would_refuse_the_file() -> None:
    refused = worker_path_in("https://store.nexternal.com/harbor/images/beckon-worker.js", a_site())

    assert isinstance(refused, Fault)
    assert "shop.example" in refused.sentence


@given(page=st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f'<img src="{text}">'.encode()))
def test_any_page_yields_a_bounded_number_of_folders(page: bytes) -> None:
    folders = folders_in(page, "shop.example")

    assert folders[0] == "/"
    assert len(folders) == len(set(folders)) <= MOST_FOLDERS
    assert all(folder.startswith("/") and folder.endswith("/") for folder in folders)
