"""``make audit``: known vulnerabilities of what images hold, by pip-audit.

Exit code 1 where there is one. A machine that the advisory service cannot be reached from audits nothing, says so loudly and
ends with 0: `.github/workflows/audit.yml` runs pip-audit where it is reached, and fails for either.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.image.wheels import REQUIREMENTS

TOOL = Path(sys.executable).parent / "pip-audit"
LIMIT_SECONDS = 180


def audit(tool: Path = TOOL) -> int:
    """Audit the pins of the images. Returns the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        # Hashed pins are complete: nothing is resolved or installed. The limit is for each connection.
        options = ["--disable-pip", "--progress-spinner=off", "--timeout=10", "--format=json", f"--output={report}"]
        done = subprocess.run(
            [str(tool), *options, f"--requirement={REQUIREMENTS}"],
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
        if not report.is_file():
            reason = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
            print(f"\n  NOT AUDITED: pip-audit got no answer of the advisory service ({reason[:200]})\n")
            return 0
        found = json.loads(report.read_text())["dependencies"]
    return list_vulnerabilities(found)


def list_vulnerabilities(found: list[dict[str, object]]) -> int:
    """Print what pip-audit has found. Returns 1 where that is anything."""
    affected = [each for each in found if each.get("vulns")]
    for each in affected:
        print(f"  {each['name']} {each['version']}: {json.dumps(each['vulns'])}")
    print(f"  {len(found)} packages audited, {len(affected)} with known vulnerabilities")
    return 1 if affected else 0


if __name__ == "__main__":
    sys.exit(audit())
