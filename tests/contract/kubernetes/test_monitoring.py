"""Prometheus finds every pod of a service, and has the rules that are tested."""

from deploy.kubernetes.monitoring_resources import TARGET, rendered
from tests.contract.kubernetes.rendering import SERVICES, containers, labels_of_pods, named, selects, workloads


def test_the_alert_rules_are_those_of_deploy_alerts() -> None:
    assert TARGET.read_text() == rendered(), "make manifests writes them anew"


def test_every_pod_of_a_service_is_scraped_and_no_other() -> None:
    spec = named("monitoring", "PodMonitor", "beckon")["spec"]
    [endpoint] = spec["podMetricsEndpoints"]

    scraped = {each["metadata"]["name"] for each in workloads("production") if selects(spec["selector"], labels_of_pods(each))}

    assert scraped == set(SERVICES)
    for service in SERVICES:
        [container] = containers(named("production", "Deployment", service))
        assert endpoint["port"] in {port["name"] for port in container["ports"]}
        assert labels_of_pods(named("production", "Deployment", service))[spec["jobLabel"]] == service
