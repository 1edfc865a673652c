"""The metrics of onboarding, each declared once."""

from prometheus_client import REGISTRY, CollectorRegistry, Gauge


class OnboardingMetrics:
    """Labels are closed sets, never a shop, a cart or a person."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.fallen_coverage = Gauge(
            "beckon_onboarding_sites_with_fallen_coverage",
            "Sites of whose latest orders fewer carts, or contacts, were known before than of earlier ones.",
            ["what"],
            registry=registry,
        )
