"""Server time of the console's pages for a shop with 100,000 carts. Prints figures; asserts only that the answers are right."""

import time
from datetime import UTC, datetime

from shared.runtime.postgres.pool import Pool
from tests.support.stories.console_client import ConsoleClient

CARTS = 100_000
RUNS = 40
PAGES = ("", "/activity", "/carts", "/observed", "/campaign", "/people", "/live", "/setup", "/texting", "/settings")
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


async def fill(pool: Pool, anna: ConsoleClient) -> None:
    """Carts of half a year, each with five events; a tenth of them bought, a fifth reminded."""
    await pool.execute(
        """
        INSERT INTO onboarding.carts (site_id, cart_id, visitor_id, state, opened_at, changed_at, abandoned, messaged,
                                      silenced_reason, total_minor, total_currency)
        SELECT $1, md5('cart' || n)::uuid, 'v' || n, CASE WHEN n % 10 = 0 THEN 'bought' ELSE 'abandoned' END,
               $2::timestamptz - n * interval '150 seconds', $2::timestamptz - n * interval '150 seconds', true, n % 5 = 0,
               CASE WHEN n % 10 = 0 THEN 'bought' END, 4900, 'USD'
          FROM generate_series(1, $3::int) AS n
        """,
        anna.site_id,
        NOON,
        CARTS,
    )
    await pool.execute(
        """
        INSERT INTO onboarding.timeline (site_id, event_id, cart_id, happened_at, event)
        SELECT $1, gen_random_uuid(), md5('cart' || n)::uuid, $2::timestamptz - n * interval '150 seconds',
               '{"type":"nudge.withheld","nudge_id":"n","reason":"observing","step":1}'
          FROM generate_series(1, $3::int) AS n, generate_series(1, 5)
        """,
        anna.site_id,
        NOON,
        CARTS,
    )
    await pool.execute("ANALYZE onboarding.carts")
    await pool.execute("ANALYZE onboarding.timeline")


async def test_pages_of_a_shop_with_many_carts(anna: ConsoleClient, pool: Pool) -> None:
    await fill(pool, anna)
    for path in PAGES:
        took: list[float] = []
        for _ in range(RUNS):
            began = time.perf_counter()
            answer = await anna.http.get(anna.site(path))
            took.append(time.perf_counter() - began)
            assert answer.status_code == 200
        took.sort()
        p95 = took[RUNS * 95 // 100 - 1] * 1000
        print(f"\n{path or '/'}: median {took[RUNS // 2] * 1000:.1f} ms, p95 {p95:.1f} ms", end="")
