"""Ids are of the right shape and do not repeat."""

import re

from shared.runtime.ids import new_random_id, new_site_key, new_token_base62, new_uuid7


def test_a_uuid7_bears_its_version_and_sorts_by_time() -> None:
    made = [new_uuid7() for _ in range(1_000)]

    assert {each.version for each in made} == {7}
    assert {each.variant for each in made} == {"specified in RFC 4122"}
    stamps = [each.int >> 80 for each in made]
    assert stamps == sorted(stamps)
    assert len(set(made)) == 1_000


def test_every_other_id_has_its_alphabet_and_length() -> None:
    assert re.fullmatch(r"[0-9A-Za-z]{17}", new_token_base62(17))
    assert re.fullmatch(r"[0-9a-f]{32}", new_random_id())
    assert re.fullmatch(r"bk_[0-9a-hjkmnp-tv-z]{16}", new_site_key())
    assert len({new_random_id() for _ in range(100)}) == 100
