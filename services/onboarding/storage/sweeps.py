"""The only statements that go over all sites: retention."""

from datetime import timedelta

from shared.runtime.postgres.retention import Sweep

RETENTION = (
    Sweep("onboarding.timeline", "t.happened_at", timedelta(days=100)),
    Sweep("onboarding.carts", "t.changed_at", timedelta(days=400)),
    Sweep("onboarding.orders", "t.told_at", timedelta(days=400)),
    Sweep("onboarding.sessions", "t.created_at", timedelta(days=8)),
    Sweep("onboarding.failed_sign_ins", "t.failed_at", timedelta(days=1)),
    Sweep("onboarding.setup_links", "t.expires_at", timedelta(days=1)),
    Sweep("onboarding.pointing_links", "t.expires_at", timedelta(days=1)),
    Sweep("onboarding.test_codes", "t.expires_at", timedelta(days=1)),
    Sweep("onboarding.password_resets", "t.expires_at", timedelta(days=1)),
    Sweep("onboarding.budgets_met", "t.last_at", timedelta(days=7)),
    Sweep("onboarding.limit_changes", "t.changed_at", timedelta(days=400)),
    Sweep("onboarding.erasures", "t.applied_at", timedelta(days=100)),
    Sweep("onboarding.data_requests", "t.asked_at", timedelta(days=7)),
    Sweep("onboarding.data_answers", "t.collected_at", timedelta(days=7)),
    Sweep("onboarding.replies", "t.received_at", timedelta(days=60)),
    Sweep("onboarding.reply_openings", "t.opened_at", timedelta(days=400)),
    Sweep("onboarding.set_up_statements", "t.replaced_at", timedelta(days=400)),
    Sweep("onboarding.global_stops", "t.resumed_at", timedelta(days=400)),
    Sweep("onboarding.holds", "t.released_at", timedelta(days=100)),
)
"""Rows that are deleted, and after how long; docs/retention.md has the reasons. What can still silence is not among it."""
