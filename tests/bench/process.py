"""What the system knows of a process: CPU time, memory, how often it was woken."""

from pathlib import Path

KIB = 1024


def _tasks(pid):
    return Path(f"/proc/{pid}/task").iterdir()


def cpu_seconds(pid):
    """User and system time of all threads, from the scheduler's own count in nanoseconds."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in _tasks(pid)) / 1e9


def faults(pid):
    """Pages that it was given since it began, without a disk."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[7])


def memory(pid):
    """In bytes: `rss` all that is resident, `pss` with shared pages divided among their users, `anon` the process's own."""
    fields = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, amount, *_ = line.split()
        fields[name.rstrip(":")] = int(amount) * KIB
    return {"rss": fields["Rss"], "pss": fields["Pss"], "anon": fields["Anonymous"]}


def wakeups(pid):
    """How often its threads have waited and were woken since they began."""
    total = 0
    for task in _tasks(pid):
        for line in (task / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches:"):
                total += int(line.split()[1])
    return total
