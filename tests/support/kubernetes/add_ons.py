"""What an operator's cluster has beside Kubernetes itself: names (CoreDNS), and policies that are enforced (kube-router)."""

from tests.support.kubernetes.binaries import NAMES, POLICIES, programs
from tests.support.kubernetes.machine import Machine

LOCAL_DNS = "169.254.20.10"
"""Where NodeLocal DNSCache answers on each node that has it: pods ask there."""

COREFILE = """\
.:53 {{
    bind {address}
    errors
    kubernetes cluster.local {{
        kubeconfig {kubeconfig}
    }}
}}
"""


def start_names(machine: Machine, kubeconfig: str) -> None:
    """Answer for Services and for pods that have a name of their own; nothing of the world is resolved."""
    machine.run("ip", "address", "add", f"{LOCAL_DNS}/32", "dev", "lo")
    (machine.folder / "Corefile").write_text(COREFILE.format(address=LOCAL_DNS, kubeconfig=kubeconfig))
    machine.spawn("names", [f"{programs(NAMES, print)}/coredns", "-conf", f"{machine.folder}/Corefile"])


def start_policies(machine: Machine, kubeconfig: str, node: str) -> None:
    """Refuse what network policies do not allow, by rules of the kernel's firewall."""
    command = [
        f"{programs(POLICIES, print)}/kube-router", "--run-firewall=true", "--run-router=false", "--run-service-proxy=false",
        f"--kubeconfig={kubeconfig}", f"--hostname-override={node}", "--health-port=0",
        f"--service-cluster-ip-range={machine.addresses.services}",
    ]  # fmt: skip
    machine.spawn("policies", command)
