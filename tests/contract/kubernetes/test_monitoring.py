"""Prometheus finds every pod of a service, and has the rules that are tested."""

from deploy.kubernetes.monitoring_resources import TARGET, rendered
from shared.events.catalogue import SERVICES
from tests.contract.kubernetes.rendering import FOLDER, containers, labels_of_pods, named, selects, workloads

ONE_NODE_OR_NONE = {"kafka-single", "postgres-single", "topics", "external-servers"}
"""Components for a cluster that runs without the operators."""


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


def test_grafana_gets_every_dashboard() -> None:
    made = {path.name: path.read_text() for path in (FOLDER.parent / "dashboards").glob("*.json")}

    assert made
    assert named("monitoring", "ConfigMap", "beckon-dashboards")["data"] == made


def test_production_names_every_component_that_may_be_taken_in() -> None:
    known = {path.parent.name for path in (FOLDER / "components").glob("*/kustomization.yaml")}
    text = (FOLDER / "overlays" / "production" / "kustomization.yaml").read_text()

    assert {name for name in known if f"- ../../components/{name}\n" not in text} == ONE_NODE_OR_NONE
