"""What is read of a shop's own page: our codes, a policy that keeps us out, and the worker's file."""

from dataclasses import replace

import pytest

from services.onboarding.shop_pages.findings import WorkerState
from services.onboarding.shop_pages.shop_check import judge_worker
from services.onboarding.shop_pages.shop_page import PageFindings, forbids, read_page
from shared.runtime.security.outbound import Answer

OWN, OTHER = "bk_0123456789abcdef", "bk_zzzzzzzzzzzzzzzz"
INGEST = "https://in.beckon.example"
GOOD_PAGE = PageFindings(keys=(OWN,), in_head=True)


def tag(key: str = OWN) -> str:
    return f'<script async src="{INGEST}/s/{key}.js"></script>'


@pytest.mark.parametrize(
    ("html", "found"),
    [
        (f"<html><head>{tag()}</head><body></body></html>", GOOD_PAGE),
        (f"<html><head></head><body>{tag()}</body></html>", replace(GOOD_PAGE, in_head=False)),
        (f'<head></head><body><script src="{INGEST}/s/{OWN}/cartstack.js"></script>', GOOD_PAGE),
        (f'<head><script src="{INGEST}/s/{OWN}/readers.js"></script>', PageFindings()),
        (f"<head>{tag()}{tag(OTHER)}</head><body>{tag()}", PageFindings(keys=(OWN, OTHER, OWN), in_head=True)),
        (f"<head>{tag(OTHER)}</head>", PageFindings(keys=(OTHER,))),
        ("<head><script>_beckon.push(['setOrder',{orderID:'1'}])</script></head>", PageFindings(has_order_code=True)),
        ("<body>_beckon.push(['setOrder'])</body>", PageFindings()),
        ("<script>_beckon.push(['setConsent',{}])</script>", PageFindings(asks_for_consent=True)),
        ('<meta name="generator" content="Nexternal">', PageFindings(words="Nexternal")),
        ("<<<not html & </head", PageFindings()),
        ("", PageFindings()),
    ],
)
def test_a_page_is_read_for_our_codes(html: str, found: PageFindings) -> None:
    assert read_page(html.encode(), {}, (OWN,), INGEST) == found


@pytest.mark.parametrize(
    ("policy", "is_in_the_way"),
    [
        ("default-src 'self'", True),
        ("script-src 'self'; connect-src *", True),
        ("script-src *; connect-src 'self'", True),
        (f"script-src 'self' {INGEST}; connect-src {INGEST}", False),
        ("script-src 'self' *.beckon.example; connect-src in.beckon.example", False),
        ("default-src https:", False),
        ("script-src-elem 'none'; script-src *; connect-src *", True),
        ("img-src 'self'", False),
        ("", False),
        (";;;", False),
    ],
)
def test_a_policy_that_keeps_us_out_is_seen(policy: str, is_in_the_way: bool) -> None:
    page = f'<head><meta http-equiv="Content-Security-Policy" content="{policy}">{tag()}</head>'

    assert forbids(policy, INGEST) is is_in_the_way
    assert read_page(page.encode(), {}, (OWN,), INGEST).policy_forbids is is_in_the_way
    assert (
        read_page(f"<head>{tag()}".encode(), {"content-security-policy": policy}, (OWN,), INGEST).policy_forbids
        is is_in_the_way
    )


GOOD_WORKER = b"// Beckon's worker, version 1\nself"


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Answer(200, {"content-type": "text/javascript; charset=utf-8"}, GOOD_WORKER), WorkerState.GOOD),
        (Answer(200, {"content-type": "application/javascript"}, b"x\n" + GOOD_WORKER), WorkerState.GOOD),
        (Answer(200, {"content-type": "text/html"}, GOOD_WORKER), WorkerState.WRONG_TYPE),
        (Answer(404, {"content-type": "text/javascript"}, GOOD_WORKER), WorkerState.MISSING),
        (Answer(301, {"location": "https://cdn.example/w.js"}, b""), WorkerState.WRONG_HOST),
        (Answer(200, {"content-type": "text/javascript"}, b"// Beckon's worker, version 0\n"), WorkerState.OLD),
        (Answer(200, {"content-type": "text/javascript"}, b"self.oneSignal"), WorkerState.NOT_OURS),
    ],
)
def test_a_worker_file_is_judged(answer: Answer, state: WorkerState) -> None:
    assert judge_worker(answer) is state
