"""The coverage meter: whether carts and contacts are known before orders, by day and by reader. And the gauge of all sites."""

import asyncio
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.onboarding.accounts.sessions import SignedIn
from services.onboarding.metrics import OnboardingMetrics
from services.onboarding.results.coverage import by_day, by_way, percent, steps_of_falls, total
from services.onboarding.storage.coverage import CoverageStore
from services.onboarding.web.pages import Web
from shared.runtime.loops import ran
from shared.runtime.postgres.pool import UNREACHABLE, Pool, transaction

MEASURED_EVERY = 60.0

log = structlog.get_logger("coverage")


class CoveragePages:
    """Five weeks of a site's orders."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def routes(self) -> list[Route]:
        """Their addresses."""
        path = "/sites/{site_id:uuid}/coverage"
        return [Route(path, self._web.signed_in(self.show)), Route(f"/api{path}", self._web.signed_in(self.api_show))]

    async def show(self, request: Request, who: SignedIn) -> Response:
        """The page with both shares, as figures and as a table."""
        async with self._web.site_transaction(who, request) as (tx, site):
            rows = await CoverageStore(tx).orders(site.site_id, site.settings.time_zone, self._web.clock.now())
        shown: dict[str, Any] = {
            "total": total(rows),
            "days": by_day(rows),
            "ways": by_way(rows),
            "broken": steps_of_falls(rows),
        }
        return self._web.page("coverage.html", signed_in=who, site=site, percent=percent, **shown)

    async def api_show(self, request: Request, who: SignedIn) -> Response:
        """Whether carts and contacts were known before orders, by day and by reader."""
        async with self._web.site_transaction(who, request) as (tx, site):
            rows = await CoverageStore(tx).orders(site.site_id, site.settings.time_zone, self._web.clock.now())
        body: dict[str, Any] = {
            "total": vars(total(rows)),
            "days": [{"day": day.isoformat(), **vars(coverage)} for day, coverage in by_day(rows).items()],
            "read_by": by_way(rows),
            "broken": [vars(step) for step in steps_of_falls(rows)],
        }
        return JSONResponse(body, headers={"Cache-Control": "no-store"})


class CoverageGauge:
    """Counts the sites with a fallen share, once a minute."""

    def __init__(self, pool: Pool, metrics: OnboardingMetrics) -> None:
        self._pool = pool
        self._gauge = metrics.fallen_coverage

    async def run(self) -> None:
        """Measure until cancelled. What cannot be measured stays as it was."""
        while True:
            ran()
            try:
                await self.measure()
            except UNREACHABLE as error:
                log.warning("coverage_not_measured", error=type(error).__name__)
            except Exception:
                log.exception("coverage_failed")  # a figure alone: the console goes on
            await asyncio.sleep(MEASURED_EVERY)

    async def measure(self) -> None:
        """Measure once."""
        async with transaction(self._pool) as tx:
            fallen = await CoverageStore(tx).fallen_sites()
        for what, sites in fallen.items():
            self._gauge.labels(what.value).set(sites)
