"""A real Chromium over its debugging pipe, as a person at a login uses it: open a page, read it, click on it."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from harness import LIMIT, Late


def find():
    for name in ("google-chrome-stable", "google-chrome", "chromium", "chromium-browser"):
        if shutil.which(name):
            return shutil.which(name)
    raise AssertionError("no Chromium is installed: apt-get install chromium")


class Chromium:
    """Commands one at a time; events are kept until somebody waits for one. All of it ends with close()."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="bmc-chromium-")
        command_out, command_in = os.pipe()
        answer_out, answer_in = os.pipe()
        # Chromium reads commands at descriptor 3 and writes answers at 4; it ends when the pipe does.
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "bash", "-c", f'exec "$@" 3<&{command_out} 4>&{answer_in}', "bash",
             find(), "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-breakpad",
             "--user-data-dir=" + self.profile, "about:blank"],
            env={"PATH": os.environ["PATH"], "HOME": self.profile}, pass_fds=(command_out, answer_in),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(command_out)
        os.close(answer_in)
        self.out = os.fdopen(command_in, "wb", buffering=0)
        self.number = 0
        self.answers, self.events = {}, []
        self.changed = threading.Condition()
        self.ended = False
        self.reader = threading.Thread(target=self._read, args=(os.fdopen(answer_out, "rb"),), daemon=True)
        self.reader.start()

    def _read(self, stream):
        rest = b""
        for piece in iter(lambda: stream.read1(1 << 20), b""):
            *whole, rest = (rest + piece).split(b"\0")
            with self.changed:
                for message in map(json.loads, whole):
                    if "id" in message:
                        self.answers[message["id"]] = message
                    else:
                        self.events.append(message)
                self.changed.notify_all()
        stream.close()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def _wait(self, what, look):
        end = time.monotonic() + LIMIT
        with self.changed:
            while True:
                found = look()
                if found is not None:
                    return found
                left = end - time.monotonic()
                if left <= 0 or self.ended:
                    raise Late(f"{what}: {'Chromium ended' if self.ended else f'not within {LIMIT} s'}")
                self.changed.wait(left)

    def call(self, method, session=None, **params):
        self.number += 1
        number = self.number
        message = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        self.out.write(json.dumps(message).encode() + b"\0")
        answer = self._wait(method, lambda: self.answers.pop(number, None))
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def event(self, method, session, fits=lambda params: True):
        def look():
            for i, event in enumerate(self.events):
                if event["method"] == method and event.get("sessionId") == session and fits(event["params"]):
                    return self.events.pop(i)["params"]
            return None

        return self._wait(method, look)

    def page(self, context=None):
        where = {"browserContextId": context} if context else {}
        target = self.call("Target.createTarget", url="about:blank", **where)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable", session)
        return Page(self, session)

    def other_person(self):
        """A page with cookies of its own: for the server another browser."""
        return self.page(self.call("Target.createBrowserContext")["browserContextId"])

    def close(self):
        if not self.ended:
            try:
                self.call("Browser.close")
            except AssertionError:
                pass
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.out.close()
        # Its helpers end by themselves a moment later; what does not is ended here.
        end = time.monotonic() + LIMIT
        while self._left() and time.monotonic() < end:
            time.sleep(0.02)
        for pid in self._left():
            os.kill(pid, signal.SIGKILL)
        self.reader.join(LIMIT)
        shutil.rmtree(self.profile, ignore_errors=True)

    def _left(self):
        left = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and self.profile.encode() in (entry / "cmdline").read_bytes():
                    left.append(int(entry.name))
            except OSError:
                pass
        return left


class Page:
    def __init__(self, chromium, session):
        self.chromium, self.session = chromium, session

    def call(self, method, **params):
        return self.chromium.call(method, self.session, **params)

    def loaded(self):
        self.chromium.event("Page.loadEventFired", self.session)

    def go(self, url):
        self.call("Page.navigate", url=url)
        self.loaded()

    def evaluate(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def text(self):
        return self.evaluate("document.body.innerText")

    def address(self):
        history = self.call("Page.getNavigationHistory")
        return history["entries"][history["currentIndex"]]["url"]

    def click(self, selector):
        """A press and a release of the mouse in the middle of the element, and the page that comes of it."""
        x, y = self.evaluate(f"(r => [r.x + r.width / 2, r.y + r.height / 2])"
                             f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self.loaded()

    def cut_off(self, pattern):
        """Requests to addresses like this one fail, as they do for a machine that is not this one."""
        self.call("Fetch.enable", patterns=[{"urlPattern": pattern}])

    def fail_next(self):
        paused = self.chromium.event("Fetch.requestPaused", self.session)
        self.call("Fetch.failRequest", requestId=paused["requestId"], errorReason="ConnectionRefused")
