"""The programs that are measured: the hub, an endpoint that answers at once, the bare forwarder, the agent."""

import contextlib
import functools
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import children  # noqa: E402

AGENT_DEVICE = "aaaaaaaa-be0c-4000-8000-000000000001"
MIB = 1 << 20
START_LIMIT = 20.0  # seconds for a program to be ready
LOAD_LIMIT = 180.0  # seconds for one round


class Bench:
    """`tls`: hub and relays speak TLS. Owner of all that it starts: stop() ends it."""

    def __init__(self, build, folder, tls=False):
        self.build, self.folder, self.tls = build, folder, tls
        self.running = []
        self.keeper = children.Keeper()
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("BMC_", "BENCH_"))}
        self.environment["HOME"] = str(folder)
        for name in ("STATE", "RUNTIME", "CONFIGURATION"):  # for root too: nothing of the machine's own is touched
            (folder / name).mkdir(mode=0o700)
            self.environment[f"{name}_DIRECTORY"] = str(folder / name)
        if tls:
            self.environment["BENCH_TLS"] = "1"

    def start(self, name, words, environment=None, stdin=subprocess.DEVNULL):
        log = open(self.folder / f"{name}.log", "w")
        process = subprocess.Popen(
            [str(word) for word in words], env=environment or self.environment, stdin=stdin, stdout=subprocess.PIPE,
            stderr=log, text=True)
        self.running.append((name, process))
        self.keeper.keep(process)
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
        self.keeper.stop()

    def log_of(self, name):
        path = self.folder / f"{name}.log"
        return path.read_text()[-3000:] if path.exists() else ""

    @functools.cache
    def mint(self, device):
        return subprocess.run(
            [self.build / "hub", "--mint", "device", device, "--ttl", "172800"], check=True, capture_output=True, text=True
        ).stdout.strip()

    def device_environment(self, device):
        return {
            **self.environment, "BENCH_HUB_PORT": str(self.hub["port"]), "BENCH_KEY": self.hub["anon_key"],
            "BENCH_TOKEN": self.mint(device), "BENCH_DEVICE": device}

    def start_hub(self):
        words = [
            self.build / "hub", "--events-per-second", "0", "--joins-per-second", "0", "--payload-kb", "128000",
            "--message-bytes", str(128 * MIB)]
        if self.tls:
            words += ["--tls-cert", self.certificate(), "--tls-key", self.folder / "key.pem"]
        self.hub = json.loads(self.start("hub", words).stdout.readline())

    def certificate(self):
        file = self.folder / "certificate.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
             self.folder / "key.pem", "-out", file], check=True, capture_output=True)
        return file

    def start_endpoint(self, pages=1):
        endpoint = self.start("endpoint", [self.build / "bench_endpoint", pages], stdin=subprocess.PIPE)
        self.browser_port = int(endpoint.stdout.readline())

    def start_ready(self, name, words, environment=None):
        """A program that says that it is ready; its pid."""
        program = self.start(name, words, environment)
        if program.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{words[0]} did not start:\n" + self.log_of(name))
        return program.pid

    def start_forwarder(self, device, *words):
        return self.start_ready(
            "-".join(("forwarder", *words)), [self.build / "bench_forwarder", self.browser_port, *words],
            self.device_environment(device))

    def start_empty(self):
        """The agent's libraries, and nothing that uses them."""
        return self.start_ready("empty", [self.build / "bench_empty"])

    def start_node_relay(self, name, device):
        """One of the relays in tests/bench/baseline."""
        script = ROOT / f"tests/bench/baseline/{name}.mjs"
        return self.start_ready(name, ["node", script, self.browser_port], self.device_environment(device))

    @functools.cache
    def pair(self):
        """Pairs the agent and returns its environment."""
        environment = {
            **self.environment, "BMC_AGENT_API_URL": self.hub["url"], "BMC_AGENT_API_KEY": self.hub["anon_key"]}
        if self.tls:
            environment["BMC_AGENT_NET_CA_FILE"] = str(self.folder / "certificate.pem")
        paired = subprocess.run(
            [self.build / "agent", "--user", "--pair", "--token-stdin", "--device", AGENT_DEVICE], env=environment,
            input=self.mint(AGENT_DEVICE), capture_output=True, text=True, timeout=START_LIMIT)
        if paired.returncode:
            raise RuntimeError("the agent could not be paired:\n" + paired.stdout + paired.stderr)
        return environment

    def start_chromium(self, program):
        """A real browser with one empty page. Returns the address of its DevTools websocket."""
        profile = self.folder / "chromium"
        self.start("chromium", [
            program, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={profile}", "--no-first-run",
            *(["--no-sandbox"] if os.geteuid() == 0 else []), "about:blank"])
        place, end = profile / "DevToolsActivePort", time.monotonic() + START_LIMIT
        while not (place.exists() and len(lines := place.read_text().split()) == 2):
            if time.monotonic() > end:
                raise RuntimeError("Chromium did not start:\n" + self.log_of("chromium"))
            time.sleep(0.05)
        return f"ws://127.0.0.1:{lines[0]}{lines[1]}"

    def start_agent(self, environment, under=(), limit=START_LIMIT, browser_url=None, options=None):
        """Waits until it says to its service manager that it is joined. `under`: the words of a program that runs the
        agent's, such as valgrind. `options`: in place of the bench's own, or beside them."""
        browser_url = browser_url or f"ws://127.0.0.1:{self.browser_port}/devtools/browser/bench"
        given = {
            "browser-url": browser_url, "realtime-budget-start": 100000, "realtime-budget-max": 0,
            "realtime-payload-limit": "96MiB", "realtime-read-limit": "128MiB", "realtime-outbox-bytes": "256MiB",
            "relay-max-in-flight": 1024, "browser-max-in-flight": 1024, "browser-max-in-flight-per-session": 1024,
            **(options or {})}
        address = str(self.folder / "notify")
        Path(address).unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(address)
            manager.settimeout(limit)
            agent = self.start("agent", [
                *under, self.build / "agent", "--user",
                *(word for name, value in given.items() for word in (f"--{name}", value))],
                {**environment, "NOTIFY_SOCKET": address})
            try:
                while b"STATUS=joined" not in manager.recv(4096).split(b"\n"):
                    pass
            except TimeoutError:
                raise RuntimeError("the agent did not join:\n" + self.log_of("agent")) from None
        return agent.pid

    def end(self, name):
        """Ends the one that was started last under this name."""
        process = next(process for known, process in reversed(self.running) if known == name)
        process.terminate()
        process.wait(10)

    def load(self, device, in_flight, size, count, limit=LOAD_LIMIT):
        return self.run_load(device, (in_flight, count, size), limit)

    def run_load(self, device, words, limit=LOAD_LIMIT):
        load = subprocess.Popen(
            [str(word) for word in (self.build / "bench_load", *words)], env=self.device_environment(device),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        with load:
            try:
                self.keeper.keep(load)
                said, trouble = load.communicate(timeout=limit)
            except BaseException:
                load.kill()
                raise
        if load.returncode:
            logs = "\n".join(f"{name}: {self.log_of(name)}" for name in ("agent", "forwarder", "relay_a", "relay_b"))
            raise RuntimeError(f"the load failed: {trouble}\n{logs}")
        return json.loads(said)


@contextlib.contextmanager
def bench_in(build, tls=False):
    """A Bench with a temporary folder. Nothing is left of it when the block ends, also by a signal (end_in_order)."""
    with tempfile.TemporaryDirectory(prefix="bmc-bench-", ignore_cleanup_errors=True) as folder:
        bench = Bench(build, Path(folder), tls)
        try:
            yield bench
        finally:
            bench.stop()


def build_programs():
    print("building", flush=True)
    subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    build = ROOT / "build/release"
    subprocess.run(["cmake", "--build", build, "--target", "agent", "hub", "bench"], check=True, stdout=subprocess.DEVNULL)
    return build
