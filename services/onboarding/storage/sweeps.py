"""The only statements that go over all sites: what nothing needs any more."""

from datetime import timedelta

from shared.runtime.postgres.retention import Sweep

RETENTION = (
    Sweep(
        "onboarding.timeline",
        timedelta(days=100),
        """
        DELETE FROM onboarding.timeline
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM onboarding.timeline AS t
                                WHERE t.happened_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "onboarding.carts",
        timedelta(days=400),
        """
        DELETE FROM onboarding.carts
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM onboarding.carts AS t
                                WHERE t.changed_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "onboarding.orders",
        timedelta(days=400),
        """
        DELETE FROM onboarding.orders
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM onboarding.orders AS t
                                WHERE t.told_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "onboarding.sessions",
        timedelta(days=8),
        """
        DELETE FROM onboarding.sessions
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM onboarding.sessions AS t
                                WHERE t.created_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "onboarding.failed_sign_ins",
        timedelta(days=1),
        """
        DELETE FROM onboarding.failed_sign_ins
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM onboarding.failed_sign_ins AS t
                                WHERE t.failed_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "onboarding.setup_links",
        timedelta(days=1),
        """
        DELETE FROM onboarding.setup_links
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM onboarding.setup_links AS t
                                WHERE t.expires_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "onboarding.pointing_links",
        timedelta(days=1),
        """
        DELETE FROM onboarding.pointing_links
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM onboarding.pointing_links AS t
                                WHERE t.expires_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "onboarding.test_codes",
        timedelta(days=1),
        """
        DELETE FROM onboarding.test_codes
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM onboarding.test_codes AS t
                                WHERE t.expires_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "onboarding.password_resets",
        timedelta(days=1),
        """
        DELETE FROM onboarding.password_resets
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM onboarding.password_resets AS t
                                WHERE t.expires_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "onboarding.budgets_met",
        timedelta(days=7),
        """
        DELETE FROM onboarding.budgets_met
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM onboarding.budgets_met AS t
                                WHERE t.last_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "onboarding.limit_changes",
        timedelta(days=400),
        """
        DELETE FROM onboarding.limit_changes
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM onboarding.limit_changes AS t
                                WHERE t.changed_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "onboarding.erasures",
        timedelta(days=100),
        """
        DELETE FROM onboarding.erasures
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM onboarding.erasures AS t
                                WHERE t.applied_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "onboarding.data_requests",
        timedelta(days=7),
        """
        DELETE FROM onboarding.data_requests
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM onboarding.data_requests AS t
                                WHERE t.asked_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "onboarding.data_answers",
        timedelta(days=7),
        """
        DELETE FROM onboarding.data_answers
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM onboarding.data_answers AS t
                                WHERE t.collected_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "onboarding.replies",
        timedelta(days=60),
        """
        DELETE FROM onboarding.replies
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM onboarding.replies AS t
                                WHERE t.received_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "onboarding.reply_openings",
        timedelta(days=400),
        """
        DELETE FROM onboarding.reply_openings
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM onboarding.reply_openings AS t
                                WHERE t.opened_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "onboarding.set_up_statements",
        timedelta(days=400),
        """
        DELETE FROM onboarding.set_up_statements
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM onboarding.set_up_statements AS t
                                WHERE t.replaced_at < $1
                                LIMIT $2))
        """,
    ),
    Sweep(
        "onboarding.holds",
        timedelta(days=100),
        """
        DELETE FROM onboarding.holds
         WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM onboarding.holds AS t
                                WHERE t.released_at < $1
                                LIMIT $2))
        """,
    ),
)
"""What goes, after how long; docs/retention.md has the reasons. What can still silence is not among it."""
