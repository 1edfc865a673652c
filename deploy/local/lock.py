"""One supervisor for one state folder."""

import fcntl
from typing import TextIO

from deploy.local.errors import StartError
from deploy.local.folders import Folders


def lock_state(folders: Folders, where: str) -> TextIO:
    """Take the state folder and record where we run; held by the open file until its process ends, however it ends.

    Raises:
        StartError: another supervisor has it. The message has where it runs, which another base port may have moved.
    """
    file = (folders.state / "lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        owner = file.read().strip() or "it is just starting"
        file.close()
        raise StartError(f"it runs already from {folders.state}: {owner}. Ctrl-C where it was started stops it.") from None
    file.truncate(0)
    file.write(where)
    file.flush()
    return file
