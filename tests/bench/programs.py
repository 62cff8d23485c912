"""The programs that are measured: the hub, an endpoint that answers at once, the bare forwarder, the agent."""

import json
import os
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
AGENT_DEVICE = "aaaaaaaa-be0c-4000-8000-000000000001"
MIB = 1 << 20
START_LIMIT = 20.0  # seconds for a program to be ready
LOAD_LIMIT = 180.0  # seconds for one round


class Bench:
    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        self.running = []
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("BMC_")}
        self.environment["HOME"] = str(folder)
        for name in ("STATE", "RUNTIME", "CONFIGURATION"):  # for root too: nothing of the machine's own is touched
            (folder / name).mkdir(mode=0o700)
            self.environment[f"{name}_DIRECTORY"] = str(folder / name)

    def start(self, name, words, environment=None, stdin=subprocess.DEVNULL):
        log = open(self.folder / f"{name}.log", "w")
        process = subprocess.Popen(
            [str(word) for word in words], env=environment or self.environment, stdin=stdin, stdout=subprocess.PIPE,
            stderr=log, text=True)
        self.running.append((name, process))
        return process

    def stop(self):
        for name, process in reversed(self.running):
            process.terminate()
        for name, process in reversed(self.running):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def log_of(self, name):
        path = self.folder / f"{name}.log"
        return path.read_text()[-3000:] if path.exists() else ""

    def mint(self, device):
        return subprocess.run(
            [self.build / "hub", "--mint", "device", device, "--ttl", "172800"], check=True, capture_output=True, text=True
        ).stdout.strip()

    def device_environment(self, device):
        return {
            **self.environment, "BENCH_HUB_PORT": str(self.hub["port"]), "BENCH_KEY": self.hub["anon_key"],
            "BENCH_TOKEN": self.mint(device), "BENCH_DEVICE": device}

    def start_hub(self):
        hub = self.start("hub", [
            self.build / "hub", "--events-per-second", "0", "--joins-per-second", "0", "--payload-kb", "64000",
            "--message-bytes", str(64 * MIB)])
        self.hub = json.loads(hub.stdout.readline())

    def start_endpoint(self):
        endpoint = self.start("endpoint", [self.build / "bench_endpoint"], stdin=subprocess.PIPE)
        self.browser_port = int(endpoint.stdout.readline())

    def start_forwarder(self, device, *words):
        forwarder = self.start(
            "-".join(("forwarder", *words)), [self.build / "bench_forwarder", self.browser_port, *words],
            self.device_environment(device))
        if forwarder.stdout.readline().strip() != "ready":
            raise RuntimeError("the forwarder did not start:\n" + self.log_of("forwarder"))
        return forwarder.pid

    def start_node_relay(self, name, device):
        """One of the relays in tests/bench/baseline."""
        script = ROOT / f"tests/bench/baseline/{name}.mjs"
        relay = self.start(name, ["node", script, self.browser_port], self.device_environment(device))
        if relay.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{script} did not start:\n" + self.log_of(name))
        return relay.pid

    def start_agent(self, under=(), limit=START_LIMIT):
        """`under`: the words of a program that runs the agent's, such as valgrind."""
        environment = {
            **self.environment, "BMC_AGENT_API_URL": self.hub["url"], "BMC_AGENT_API_KEY": self.hub["anon_key"]}
        paired = subprocess.run(
            [self.build / "agent", "--user", "--pair", "--token-stdin", "--device", AGENT_DEVICE], env=environment,
            input=self.mint(AGENT_DEVICE), capture_output=True, text=True, timeout=START_LIMIT)
        if paired.returncode:
            raise RuntimeError("the agent could not be paired:\n" + paired.stdout + paired.stderr)
        agent = self.start("agent", [
            *under, self.build / "agent", "--user", "--browser-url", f"ws://127.0.0.1:{self.browser_port}/devtools/browser/bench",
            "--realtime-budget-start", "100000", "--realtime-budget-max", "0", "--realtime-payload-limit", "32MiB",
            "--realtime-read-limit", "64MiB", "--relay-max-in-flight", "1024", "--browser-max-in-flight", "1024",
            "--browser-max-in-flight-per-session", "1024"], environment)
        # The first command is answered once it is joined and attached.
        until = time.monotonic() + limit
        while True:
            try:
                self.load(AGENT_DEVICE, 1, 0, 1, limit=3)
                return agent.pid
            except subprocess.TimeoutExpired:
                if agent.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("the agent answers nothing:\n" + self.log_of("agent")) from None

    def load(self, device, in_flight, size, count, limit=LOAD_LIMIT):
        done = subprocess.run(
            [str(word) for word in (self.build / "bench_load", in_flight, count, size)],
            env=self.device_environment(device), capture_output=True, text=True, timeout=limit)
        if done.returncode:
            logs = "\n".join(f"{name}: {self.log_of(name)}" for name in ("agent", "forwarder", "forwarder-ack", "relay_a", "relay_b"))
            raise RuntimeError(f"the load failed: {done.stderr}\n{logs}")
        return json.loads(done.stdout)


def build_programs():
    print("building", flush=True)
    subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    build = ROOT / "build/release"
    subprocess.run(["cmake", "--build", build, "--target", "agent", "hub", "bench"], check=True, stdout=subprocess.DEVNULL)
    return build
