"""``make demo-reset``: wipe everything that one machine's Beckon remembers."""

import os
import shutil
import sys
from pathlib import Path

from deploy.local.folders import folders_at
from deploy.local.processes import stop_leftovers
from deploy.local.services import CHECKOUT
from deploy.local.stack import lock_state
from deploy.local.trouble import Trouble


def main() -> int:
    """Refuse while Beckon runs; end what a killed run left; delete both folders."""
    folders = folders_at(Path(os.environ.get("BECKON_STATE", CHECKOUT / ".beckon")))
    if not folders.state.exists():
        print("beckon: there is nothing to wipe")
        return 0
    try:
        lock = lock_state(folders, "Stop it there with Ctrl-C first, then reset.")
    except Trouble as trouble:
        print(f"beckon: {trouble}", file=sys.stderr)
        return 1
    stop_leftovers(folders)
    shutil.rmtree(folders.postgres, ignore_errors=True)
    shutil.rmtree(folders.state)
    lock.close()
    print("beckon: wiped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
