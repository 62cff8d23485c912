"""How the agent grows: with open targets, with clients, with commands in flight, over hours; and with a real browser.

Each case starts its own agent, so that nothing is left over from another one. `tests/bench/run --growth` runs these.
"""

import json
import shutil
import statistics
import subprocess
import time

from process import cpu_seconds, memory
from programs import AGENT_DEVICE, MIB, ROOT

TARGETS = (1, 10, 100, 1000)
CLIENTS = (1, 8, 32)
IN_FLIGHT = (10, 100, 1000, 10_000)
COMMANDS = 20_000  # a case
POSTS_IN_FLIGHT = 16  # commands of each client
CHROMIUM_COMMANDS, CHROMIUM_ROUNDS = 1_000, 5
WARM_UP = 2_000
STEP = 60.0  # seconds between two looks at the memory
# Beyond what the largest case needs: bounds are not what is measured.
ROOMY = {"relay-max-in-flight": 20_000, "browser-max-in-flight": 20_000, "browser-max-in-flight-per-session": 20_000,
         "browser-max-targets": 2000}
CHROMIUMS = ("google-chrome-stable", "google-chrome", "chromium", "chromium-browser")


class Case:
    """Its own agent, and what one load costs it."""

    def __init__(self, bench, targets=1):
        self.bench = bench
        bench.start_endpoint(targets)
        self.pid = bench.start_agent(bench.pair(), options=ROOMY)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.bench.end("agent")
        self.bench.end("endpoint")

    def measure(self, load, count):
        load(min(WARM_UP, count))
        before = cpu_seconds(self.pid)
        figures = load(count)
        figures["cpu_per_10000"] = (cpu_seconds(self.pid) - before) * 10_000 / count
        figures["anon"] = memory(self.pid)["anon"]
        return figures


def by_targets(bench):
    for targets in TARGETS:
        with Case(bench, targets) as case:
            figures = case.measure(lambda count: bench.load(AGENT_DEVICE, 16, 0, count), COMMANDS)
            yield f"{targets} targets, 16 in flight", figures


def by_in_flight(bench):
    for in_flight in IN_FLIGHT:
        with Case(bench) as case:
            figures = case.measure(lambda count, n=in_flight: bench.load(AGENT_DEVICE, n, 0, max(count, 2 * n)), COMMANDS)
            yield f"{in_flight} in flight", figures


def by_clients(bench):
    for clients in CLIENTS:
        with Case(bench) as case:
            figures = case.measure(lambda count, n=clients: client_load(bench, n, count), COMMANDS)
            yield f"{clients} clients, {POSTS_IN_FLIGHT} in flight each", figures


def client_load(bench, clients, count):
    script = ROOT / "tests/bench/baseline/clients.mjs"
    words = ["node", script, clients, POSTS_IN_FLIGHT, count // clients]
    done = subprocess.run([str(word) for word in words], env=bench.device_environment(AGENT_DEVICE), capture_output=True,
                          text=True, timeout=180)
    if done.returncode:
        raise RuntimeError(f"the clients failed: {done.stderr}\nagent: {bench.log_of('agent')}")
    return json.loads(done.stdout)


def print_growth(title, cases):
    print(f"**{title}**\n\n| case | CPU s / 10,000 | commands/s | p50 µs | p99 µs | anonymous MiB |\n|---|---|---|---|---|---|")
    results = {}
    for name, figures in cases:
        results[name] = figures
        print(f"| {name} | {figures['cpu_per_10000']:.3f} | {figures['per_second']:.0f} | {figures['p50_us']:.0f} "
              f"| {figures['p99_us']:.0f} | {figures['anon'] / MIB:.1f} |", flush=True)
    print(flush=True)
    return results


def measure_growth(bench):
    bench.start_hub()
    return {
        "targets": print_growth("Growth: open targets", by_targets(bench)),
        "in_flight": print_growth("Growth: commands in flight", by_in_flight(bench)),
        "clients": print_growth("Growth: clients", by_clients(bench)),
    }


def direct_load(url):
    words = ["node", ROOT / "tests/bench/baseline/direct.mjs", url, CHROMIUM_COMMANDS]
    done = subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True, timeout=120)
    return json.loads(done.stdout)


def find_chromium():
    """The path of a Chromium or Chrome; None: there is none on the PATH."""
    return next((path for name in CHROMIUMS if (path := shutil.which(name))), None)


def measure_chromium(bench):
    """The agent in front of a real browser, beside a Node program that sends the same commands to that browser directly.
    The load that goes through the agent is no Node program: at the median the agent's detour may be the shorter one."""
    program = find_chromium()
    if program is None:
        raise RuntimeError("there is no Chromium on the PATH")
    bench.start_hub()
    url = bench.start_chromium(program)
    pid = bench.start_agent(bench.pair(), browser_url=url)
    taken = {"direct": [], "agent": []}
    before = cpu_seconds(pid)
    for _ in range(CHROMIUM_ROUNDS):
        taken["direct"].append(direct_load(url))
        taken["agent"].append(bench.load(AGENT_DEVICE, 1, 0, CHROMIUM_COMMANDS))
    cpu = cpu_seconds(pid) - before
    direct, agent = ({key: statistics.median(one[key] for one in rounds) for key in rounds[0]} for rounds in taken.values())
    agent["cpu_per_10000"] = cpu * 10_000 / CHROMIUM_COMMANDS / CHROMIUM_ROUNDS
    print("**A real Chromium, 1 in flight**\n\n| | commands/s | p50 µs | p99 µs | p99.9 µs |\n|---|---|---|---|---|")
    for name, figures in (("direct", direct), ("agent", agent)):
        print(f"| {name} | {figures['per_second']:.0f} | {figures['p50_us']:.0f} | {figures['p99_us']:.0f} "
              f"| {figures['p999_us']:.0f} |")
    print(f"\nThe agent is {agent['p50_us'] - direct['p50_us']:+.0f} µs off the direct way at the median and takes "
          f"{agent['cpu_per_10000']:.2f} s of CPU for 10,000 commands.\n", flush=True)
    return {"direct": direct, "agent": agent}


def measure_hours(bench, hours, rate):
    """What the agent's own memory grows by, from the end of the first step to the last one's."""
    bench.start_hub()
    bench.start_endpoint()
    pid = bench.start_agent(bench.pair())
    end = time.monotonic() + hours * 3600
    taken = []
    while not taken or time.monotonic() < end:
        bench.run_load(AGENT_DEVICE, ("--rate", rate, int(rate * STEP), 0))
        taken.append(memory(pid)["anon"])
    growth = taken[-1] - taken[0]
    print(f"**{hours:g} hours at {rate:g} commands/s**: {taken[0] / MIB:.2f} MiB after the first {STEP:.0f} s, "
          f"{taken[-1] / MIB:.2f} MiB at the end: {growth / 1024:+.0f} KiB\n", flush=True)
    return {"hours": hours, "rate": rate, "anon": taken, "growth": growth}
