"""What the tests of the real binary share: programs that are read all the time and end with the test, the hub, and as much
of a browser as a login needs.

Nothing here waits without a bound: every wait has a deadline and, when it passes, says what was awaited and what came
instead. Whatever was started ends with the test, even when the test is killed.
"""

import codecs
import http.client
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/dev").resolve()
LIMIT = 40  # seconds for any one step
TEST_LIMIT = 120  # seconds for any one test: its cleanups run when they are over
LOOK_AGAIN = 0.05  # seconds between two looks at what nobody tells
ASK_AGAIN = 0.1  # and between two questions, each of which is a process: without a pause they would take a core
DEVICE = "6f1c2a3b-0000-4000-8000-000000000001"
OTHER_DEVICE = "6f1c2a3b-0000-4000-8000-000000000002"
ACCOUNT = "ada@example.com"
LASTING = 200000  # seconds: a token that a daemon may be paired with
NO_BROWSER = 11  # --status: joined, and no browser answers
JOINED = (0, NO_BROWSER)  # what --status ends with for a daemon() that is joined: it has no browser
FORM = "application/x-www-form-urlencoded"


class Late(AssertionError):
    """A deadline passed."""


class Program:
    """A child whose output is read as it comes, so that it never waits for a reader, and who dies with this process."""

    def __init__(self, command, env=None, stdin=subprocess.PIPE):
        # The kernel ends it when we end, whatever ends us: no cleanup runs after a SIGKILL.
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *map(str, command)], env=env,
                                        stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.name = " ".join(str(word) for word in command)
        self.pid = self.process.pid
        # A buffer for each, for a string that grows by 64 KiB at a time is copied each time: seconds for 15 MB.
        self.said = {"out": io.StringIO(), "err": io.StringIO()}
        self.changed = threading.Condition()
        self.readers = [threading.Thread(target=self._read, args=(which, stream), daemon=True)
                        for which, stream in (("out", self.process.stdout), ("err", self.process.stderr))]
        self.open = len(self.readers)
        for reader in self.readers:
            reader.start()

    @property
    def text(self):
        """What it has said so far, on each of its two streams."""
        return {which: said.getvalue() for which, said in self.said.items()}

    def _read(self, which, stream):
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        for piece in iter(lambda: stream.read1(65536), b""):  # questions come without the end of a line
            with self.changed:
                self.said[which].write(decoder.decode(piece))
                self.changed.notify_all()
        with self.changed:
            self.open -= 1
            self.changed.notify_all()

    def hear(self, pattern, which="err", limit=LIMIT):
        """The match of `pattern` in what it said since the last hear() (or since its start)."""
        end = time.monotonic() + limit
        heard = getattr(self, "heard_" + which, 0)
        with self.changed:
            while True:
                text = self.said[which].getvalue()
                found = re.search(pattern, text[heard:])
                # What ends where the text ends may go on.
                if found and heard + found.end() < len(text):
                    setattr(self, "heard_" + which, heard + found.end())
                    return found
                left = end - time.monotonic()
                if left <= 0 or self.open == 0:
                    how = "ended without saying" if self.open == 0 else f"did not say within {limit} s"
                    raise Late(f"{self.name} {how} /{pattern}/; it said: {text!r}, {self.text['err']!r}")
                self.changed.wait(left)

    def say(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def signal(self, number):
        self.process.send_signal(number)

    def finish(self, text=None, limit=LIMIT):
        """Hands in `text`, closes its input and waits for its end: exit code, standard output, standard error."""
        try:
            if text:
                self.say(text)
            if self.process.stdin:
                self.process.stdin.close()
        except BrokenPipeError:
            pass  # it ended without reading all: its exit code tells the rest
        try:
            code = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            raise Late(f"{self.name} did not end within {limit} s; it said: {self.text['out']!r} {self.text['err']!r}") \
                from None
        self.close(limit)
        text = self.text
        if self.open:
            raise Late(f"{self.name} has ended with {code}, but what it started still holds its output; "
                       f"it said: {text!r}")
        return code, text["out"], text["err"]

    def close(self, limit=LIMIT):
        """Waits up to `limit` seconds for the end of its output. If another process still has it open then, it stays
        open here too: close() would block for as long as the reader's thread waits."""
        end = time.monotonic() + limit
        for reader in self.readers:
            reader.join(max(0, end - time.monotonic()))
        outputs = zip((self.process.stdout, self.process.stderr), self.readers)
        for stream in (self.process.stdin, *(output for output, reader in outputs if not reader.is_alive())):
            try:
                if stream:
                    stream.close()
            except BrokenPipeError:
                pass

    def running(self):
        return self.process.poll() is None

    def end(self):
        if self.running():
            self.process.kill()
        self.process.wait(LIMIT)
        self.close()


def free_port(add_cleanup):
    """A port of 127.0.0.1 for a program that is started later. Until the test ends the kernel gives it to nobody who takes
    any port, for we are bound to it; a program that asks for it by number may listen there, since we do not listen."""
    holder = socket.socket()
    add_cleanup(holder.close)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    return holder.getsockname()[1]


class Hub:
    def __init__(self, *arguments):
        self.program = Program([BUILD / "hub", "--join-penalty-ms", "50", *arguments])
        facts = json.loads(self.program.hear(r"\{.*\}", "out")[0])
        self.url, self.key = facts["url"], facts["anon_key"]
        self.address = urllib.parse.urlsplit(self.url).netloc

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(self.address, timeout=LIMIT)
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse().read()
        connection.close()
        return json.loads(answer) if answer else None

    def admin(self, what, **body):
        return self.request("POST", "/admin/" + what, body)

    def devices(self):
        """All rows, as the service's own key sees them."""
        token = self.admin("mint", service=True)["token"]
        return self.request("GET", "/rest/v1/devices", headers={"apikey": self.key, "Authorization": "Bearer " + token})

    def close(self):
        if self.program.running():
            self.program.signal(signal.SIGTERM)
            try:
                self.program.process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                pass
        self.program.end()


class ControlSocket(http.client.HTTPConnection):
    """HTTP to a running agent, over its control socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=LIMIT)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(LIMIT)
        self.sock.connect(str(self.path))


class Browser:
    """As much of a browser as a login needs: cookies by host, redirects by hand."""

    def __init__(self):
        self.cookies = {}

    def go(self, url, form=None, host=None):
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=LIMIT)
        headers = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}  # somebody opens it
        if parts.netloc in self.cookies:
            headers["Cookie"] = self.cookies[parts.netloc]
        if host:
            headers["Host"] = host
        body = None
        if form is not None:
            headers["Content-Type"] = FORM
            body = urllib.parse.urlencode(form)
        path = parts.path + ("?" + parts.query if parts.query else "")
        connection.request("POST" if form is not None else "GET", path, body, headers)
        reply = connection.getresponse()
        text = reply.read().decode()
        connection.close()
        if reply.getheader("Set-Cookie"):
            self.cookies[parts.netloc] = reply.getheader("Set-Cookie").split(";")[0]
        return reply.status, reply.getheader("Location"), text

    def allow(self, address, decision="allow"):
        """Opens the login's page and presses a button; the address that the server redirects to."""
        status, _, page = self.go(address)
        assert status == 200, page
        action = re.search(r'action="([^"]+)"', page)[1]
        hidden = re.search(r'type="hidden" name="([^"]+)" value="([^"]+)"', page)
        account = re.search(r'name="account" value="([^"]+)"', page)[1]
        origin = "http://" + urllib.parse.urlsplit(address).netloc
        form = {hidden[1]: hidden[2], "account": account, "decision": decision}
        status, location, page = self.go(origin + action, form)
        assert status in (200, 302, 303), page
        return location


class AgentTest(unittest.TestCase):
    """A home, a hub and agents for one test."""

    AUTHORIZE = r"http\S+/oauth/authorize\S+"
    START = r"http://127\.0\.0\.1:\d+/start/\S+"

    def setUp(self):
        signal.signal(signal.SIGALRM, self.too_long)
        signal.alarm(TEST_LIMIT)
        self.addCleanup(signal.alarm, 0)
        folder = tempfile.TemporaryDirectory(prefix="bmc-service-")
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)
        self.hub = self.make_hub()
        self.addCleanup(self.hub.close)

    def make_hub(self):
        return Hub()

    def too_long(self, *_):
        raise Late(f"{self.id()} took more than {TEST_LIMIT} s")

    def environment(self, **more):
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "BMC_AGENT_API_URL": self.hub.url,
                "BMC_AGENT_API_KEY": self.hub.key, "BMC_AGENT_PAIRING_RESOURCE": self.hub.url,
                "BMC_AGENT_PAIRING_ISSUER": self.hub.url, **{name: str(value) for name, value in more.items()}}

    def program(self, command, env=None):
        program = Program(command, env)
        self.addCleanup(program.end)
        return program

    def start(self, *arguments, **more):
        return self.program([BUILD / "agent", "--user", *arguments], self.environment(**more))

    def daemon(self, *arguments, **more):
        return self.start("--browser-path", "/bin/false", *arguments, **more)

    def ask(self, *arguments, text=None, **more):
        """Runs a command to its end."""
        return self.start(*arguments, **more).finish(text)

    def login(self, *arguments, **more):
        return self.start("--pair", "--no-browser", "--expect-account", ACCOUNT, *arguments, **more)

    def log_in(self, *arguments, **more):
        """Pairs by a login, by hand: a credential with a refresh token."""
        terminal = self.login(*arguments, **more)
        code, out, err = terminal.finish(Browser().allow(terminal.hear(self.AUTHORIZE)[0]) + "\n")
        self.assertEqual(code, 0, err)
        return json.loads(self.stored().read_text())

    def pair(self, *arguments, device=DEVICE, ttl=LASTING, **more):
        token = self.token(ttl=ttl, device=device)
        code, out, err = self.ask("--pair", "--token-stdin", *arguments, text=token, **more)
        self.assertEqual(code, 0, err)
        return out, err

    def wait_for(self, code, *arguments):
        """What --status prints once it ends with `code`; 0: once it is joined, whether or not a browser answers."""
        wanted = JOINED if code == 0 else (code,)
        end = time.monotonic() + LIMIT
        while True:
            got, out, err = self.ask("--status", *arguments)
            if got in wanted:
                return out
            if time.monotonic() > end:
                raise Late(f"--status did not end with {code} within {LIMIT} s, last with {got}: {out}{err}")
            time.sleep(ASK_AGAIN)

    def until(self, what, condition):
        """Waits for something that nobody tells: the first true value of condition()."""
        end = time.monotonic() + LIMIT
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > end:
                raise Late(f"not within {LIMIT} s: {what}")
            time.sleep(LOOK_AGAIN)

    def wait_file(self, file):
        self.until(f"{file} is there", file.exists)
        return file.read_text()

    def stored(self, profile=""):
        return self.home / ".local/state" / ("bmc-agent" + profile) / "credential.json"

    def token(self, ttl=LASTING, **what):
        return self.hub.admin("mint", ttl=ttl, **what)["token"]

    def configure(self, text):
        file = self.home / ".config/bmc-agent/agent.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def script(self, name, text):
        file = self.home / name
        file.write_text("#!/bin/sh\n" + text)
        file.chmod(0o755)
        return file
