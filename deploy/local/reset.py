"""``make demo-reset``: wipe everything that one machine's Beckon remembers."""

import os
import shutil
import sys
from pathlib import Path

from deploy.local.errors import StartError
from deploy.local.folders import folders_at, state_folder
from deploy.local.lock import lock_state
from deploy.local.processes import stop_leftovers


def main() -> int:
    """Wipe, or print in one line why not."""
    try:
        print(f"beckon: {wipe(state_folder(os.environ))}")
    except StartError as error:
        print(f"beckon: {error}", file=sys.stderr)
        return 1
    return 0


def wipe(state: Path) -> str:
    """End what a killed run left and delete both folders. Returns what to print.

    Raises:
        StartError: Beckon runs, or the folder is not one of ours: a mistyped ``BECKON_STATE`` must not cost somebody's files.
    """
    folders = folders_at(state)
    if not folders.state.exists():
        return "there is nothing to wipe"
    if not (folders.state / "lock").is_file():
        raise StartError(f"{folders.state} was not made by Beckon: nothing was wiped.")
    with lock_state(folders, "it is just being wiped"):
        stop_leftovers(folders)
        shutil.rmtree(folders.postgres, ignore_errors=True)
        shutil.rmtree(folders.state)
    return "wiped"


if __name__ == "__main__":
    sys.exit(main())
