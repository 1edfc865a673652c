"""How much of a processor a process has used."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def seconds_used(pid: int) -> float:
    """User and system time of a process and all its threads, in seconds (proc(5), stat, fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
