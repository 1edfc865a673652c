"""Where a shop's page has the pictures of its products, and where a stranger cannot make it have one."""

import pytest

from services.onboarding.shop_pages.page_pictures import MOST_HOSTS, picture_hosts_on


@pytest.mark.parametrize(
    ("page", "hosts"),
    [
        ('<meta property="og:image" content="https://cdn.example.net/red.jpg?v=1&amp;w=2">', {"cdn.example.net"}),
        ('<meta name="twitter:image" content="//Img.Shop.example/red.jpg">', {"img.shop.example"}),
        (
            '<script type="application/ld+json">{"@type":"Product","name":"Red","image":["https://a.example/1.jpg",'
            '{"@type":"ImageObject","url":"https://b.example/2.jpg"}]}</script>',
            {"a.example", "b.example"},
        ),
        ('<meta property="og:image" content="/red.jpg">', set()),
        ('<div class=review><img src="https://evil.example/x.png"></div>', set()),
        (
            '<script type="application/ld+json">{"@type":"Product","name":"Red","review":{"@type":"Review",'
            '"image":"https://evil.example/x.png"}}</script>',
            set(),
        ),
        ('<meta property="og:image" content="https://10.0.0.1/red.jpg">', set()),
        ('<meta property="og:image" content="https://localhost/red.jpg">', set()),
        ('<meta property="og:image" content="https://a.example\'; script-src *//red.jpg">', set()),
        ('<meta property="og:image" content="https://[/red.jpg">', set()),
        ('<script type="application/ld+json">{"@type":"Product","image":{"url":7}}</script>', set()),
    ],
)
def test_hosts_of_pictures_are_those_that_the_shop_itself_names(page: str, hosts: set[str]) -> None:
    assert picture_hosts_on(page.encode()) == hosts


def test_a_page_of_many_hosts_names_a_few() -> None:
    page = "".join(f'<meta property="og:image" content="https://h{n}.example/a.jpg">' for n in range(100))

    assert len(picture_hosts_on(page.encode())) == MOST_HOSTS
