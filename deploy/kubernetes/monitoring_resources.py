"""``python -m deploy.kubernetes.monitoring_resources`` writes rules of deploy/alerts as Prometheus's operator reads them."""

from pathlib import Path
from typing import Any

import yaml

RULES = Path(__file__).parents[1] / "alerts" / "beckon.rules.yml"
TARGET = Path(__file__).parent / "monitoring" / "alert-rules.yaml"
HEADER = "# Written by make manifests from deploy/alerts/beckon.rules.yml; a test holds them equal.\n"


def rendered() -> str:
    """The file of ``monitoring`` that this module writes."""
    rules: dict[str, Any] = yaml.safe_load(RULES.read_text())
    resource = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "beckon"},
        "spec": {"groups": rules["groups"]},
    }
    return HEADER + yaml.safe_dump(resource, sort_keys=False, width=128, allow_unicode=True)


if __name__ == "__main__":
    TARGET.write_text(rendered())
