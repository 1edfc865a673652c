"""The wording of a consent is kept once for each text, and handed out with the consent's receipt."""

from hashlib import sha256

from shared.events.message import ConsentRecorded
from tests.support.builders.notify import ANNA, BOB, PHONE, a_consent
from tests.support.builders.notify_answers import now
from tests.support.processes.notify import Bench

WORDING = "I would like to receive SMS messages"
HASH = sha256(WORDING.encode()).hexdigest()


async def test_the_wording_is_kept_once_and_emitted_with_each_consent(bench: Bench) -> None:
    first = a_consent(occurred_at=now(), wording=WORDING, text_hash=HASH)
    other = a_consent(occurred_at=now(), wording=WORDING, text_hash=HASH, visitor_id=PHONE, contact=BOB)
    await bench.storefront(first, other, first)

    kept = await bench.pool.fetch("SELECT text_hash, wording FROM notify.consent_texts")
    receipts = await bench.emitted(ConsentRecorded)
    evidence = await bench.pool.fetchval("SELECT string_agg(evidence::text, ' ') FROM notify.consents")

    assert [tuple(row) for row in kept] == [(HASH, WORDING)]
    assert [(each.recipient.index, each.wording) for each in receipts] == [(ANNA.index, WORDING), (BOB.index, WORDING)]
    assert WORDING not in evidence
    assert HASH in evidence
