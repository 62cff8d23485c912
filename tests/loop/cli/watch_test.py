#!/usr/bin/env python3
"""--watch: what passes on a device's channel, seen by a bystander, over the hub, through a real agent with a real Chromium.

    watch_test.py BUILD_DIR [unittest arguments]
"""

import json
import os
import pty
import signal
import subprocess
import unittest

import harness
from harness import DEVICE, OTHER_DEVICE

OWNER = "ada"
NO_DEVICE, REFUSED, USAGE = 19, 77, 64
TIME = r"\d\d:\d\d:\d\d\.\d\d\d"


class WatchTest(harness.AgentTest):
    def setUp(self):
        super().setUp()
        self.hub.admin("device", uuid=DEVICE, owner=OWNER, row={"name": "lab"})
        self.owner = self.token(user=OWNER)

    def as_owner(self, *arguments, **more):
        """On a machine that is not paired."""
        file = self.home / "token"
        file.write_text(self.owner)
        file.chmod(0o600)
        return self.start(*arguments, "--token-file", file, HOME=self.home / "controller", **more)

    def watch(self, *arguments):
        watch = self.as_owner("--watch", "lab", *arguments)
        watch.hear(r"Watching lab \(.*")
        return watch

    def end(self, watch, number=signal.SIGINT):
        watch.signal(number)
        code, out, err = watch.finish()
        self.assertEqual(code, 0, err)
        return out

    def post(self, event, payload):
        self.hub.admin("broadcast", topic=f"device:{DEVICE}", event=event, payload=payload, private=True)

    def test_the_commands_of_a_call_are_seen_with_their_outcome(self):
        self.pair()
        self.start("--realtime-optional-spread", "100ms")
        self.wait_for(0)
        watch, tool = self.watch("--with-params"), self.watch("--json")
        code, out, err = self.as_owner("--call", "lab", "--open", "data:text/html,<title>Far</title>").finish()
        self.assertEqual(code, 0, err)
        line = watch.hear(rf"({TIME}) call +→ Page.navigate (\{{.*\}}) … (\d+) ms ok \(([^)]*)\)", "out")
        self.assertEqual(json.loads(line[2])["url"], "data:")
        watch.hear(r"→ Runtime.evaluate .*… \d+ ms ok", "out")
        code, out, err = self.as_owner("--call", DEVICE, "Target.activateTarget", '{"targetId": "none"}').finish()
        self.assertEqual(code, 1, err)
        watch.hear(r'→ Target.activateTarget \{"targetId": ?"none"\} … \d+ ms failed: No target with given id.* \(-\d+\)', "out")
        code, out, err = self.as_owner("--call", DEVICE, "Browser.crash").finish()
        watch.hear(r"→ Browser.crash … \d+ ms failed: .*", "out")
        tool.hear('"kind":"answer"[^\n]*"method":"Browser.crash"', "out")  # the one has heard all, the other not by that
        self.end(watch)
        seen = [json.loads(line) for line in self.end(tool, signal.SIGTERM).splitlines()]
        seen = [one for one in seen if one["kind"] != "waiting"]  # for an answer, for a second: on a busy machine
        self.assertEqual([(one["kind"], one["method"], one["ok"]) for one in seen],
                         [("answer", "Page.navigate", True), ("answer", "Runtime.evaluate", True),
                          ("answer", "Target.activateTarget", False), ("answer", "Browser.crash", False)])
        self.assertRegex(seen[0]["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ$")
        self.assertGreater(seen[0]["bytes"], 10)
        self.assertEqual([(one["direction"], "params" in one, one["paramsBytes"] > 0) for one in seen[:3]], [("up", False, True)] * 3)
        self.assertIn("No target with given id", seen[2]["error"]["message"])

    def test_a_clients_stream_is_read_and_shown_whole_lines_alone(self):
        watch = self.watch("--with-params")
        self.post("cdp-command", {"id": "p1", "method": "Agent.post", "params": {
            "client": "a1b2c3d4", "seq": 1, "ack": 0, "messages": [{"id": 1, "method": "Page.enable", "sessionId": "S"}]}})
        self.post("cdp-event", {"client": "a1b2c3d4", "instance": "i", "seq": 1, "ack": 1, "items": [
            {"id": 1, "result": {}, "sessionId": "S"},
            {"method": "Page.loadEventFired", "params": {
                "frameId": "\u001b[2J\n", "loaderId": "x" * 100, "reason": "x" * 100}, "sessionId": "S"}]})
        watch.hear(rf"{TIME} client a1b2 → Page.enable … \d+ ms ok \(2 B\)", "out")
        line = watch.hear(rf"{TIME} client a1b2 ← Page.loadEventFired \{{.frameId.*", "out")[0]
        self.assertNotIn("\u001b", line)
        self.assertGreater(len(line.encode()), 190)
        self.assertLessEqual(len(line.encode()), 201)
        self.post("cdp-event", {"client": "a1b2c3d4", "instance": "i", "seq": 3, "ack": 1, "part": 2, "parts": 2, "data": "x"})
        watch.hear(r"client a1b2 a message began before this watch did", "out")
        self.post("cdp-command", {"id": 9, "method": "Page.reload"})
        watch.hear(rf"{TIME} call +→ Page.reload … no answer yet", "out")
        self.post("cdp-event", {"client": "a1b2c3d4", "instance": "i", "ended": {"reason": "lease"}})
        watch.hear(r"client a1b2 was ended: lease", "out")
        self.assertNotIn("Agent.post", self.end(watch))

    def watch_into(self, out):
        """With parameters. Its standard output is that descriptor, which is closed here then."""
        file = self.home / "token"
        file.write_text(self.owner)
        file.chmod(0o600)
        watch = subprocess.Popen([harness.BUILD / "agent", "--user", "--watch", "lab", "--with-params", "--token-file", file],
                                 env=self.environment(), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE)
        os.close(out)
        self.addCleanup(watch.stderr.close)
        self.addCleanup(watch.wait, harness.LIMIT)
        self.addCleanup(watch.kill)
        self.assertIn(b"Watching", watch.stderr.readline())
        return watch

    def test_a_line_fits_the_terminal(self):
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        subprocess.run(["stty", "columns", "72"], stdin=theirs, check=True)
        self.watch_into(theirs)
        self.post("cdp-command", {"id": 1, "method": "Page.navigate", "params": {"url": "https://a.example/" + "x" * 300}})
        self.post("cdp-result", {"id": 1, "ok": True, "result": {}})
        text = b""
        while not text.endswith(b" B)\r\n"):  # before it there may be a line for the second in which there was no answer
            text += os.read(ours, 4096)
        line = text.splitlines(keepends=True)[-1]
        self.assertRegex(line.decode(), r'Page.navigate \{"url":.*… … \d+ ms ok \(2 B\)\r\n$')
        self.assertLessEqual(len(line.rstrip(b"\r\n")), 72)

    def test_nothing_is_sent_on_the_channel(self):
        listener = self.as_owner("--listen", f"device:{DEVICE}")
        listener.hear("agent: joined")
        watch = self.watch()
        self.post("cdp-command", {"id": 1, "method": "Page.reload"})
        self.post("cdp-result", {"id": 1, "ok": True, "result": {}})
        watch.hear("Page.reload", "out")
        self.end(watch)
        self.post("last", {})
        listener.hear('"event":"last"', "out")
        heard = [json.loads(line)["event"] for line in listener.text["out"].splitlines()]
        self.assertEqual(heard, ["cdp-command", "cdp-result", "last"])

    def test_a_recording_is_replayed_and_holds_nothing_typed(self):
        file = self.home / "lab.jsonl"
        watch = self.watch("--record", file, "--with-params")
        for number, method, params in ((1, "Input.insertText", {"text": "hunter2"}),
                                       (2, "Network.setCookie", {"name": "sid", "value": "cookie-value", "url": "https://a.example/?q=1"}),
                                       (3, "Page.navigate", {"url": "https://me:hunter2@a.example/page?token=hunter2"})):
            self.post("cdp-command", {"id": number, "method": method, "params": params})
        self.post("cdp-result", {"id": 1, "ok": True, "result": {}})
        self.post("cdp-result", {"id": 2, "ok": False, "error": {"code": -32602, "message": "forged \u001b[2J\u009b31m"}})
        watch.hear("Network.setCookie.* failed", "out")
        watch.hear(r'Page.navigate \{"url": ?"https://a.example/page"\}', "out")
        self.assertNotRegex(self.end(watch), "hunter2|cookie-value|sid|token")
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        text = file.read_text()
        self.assertNotRegex(text, "hunter2|cookie-value|sid|token|[\u001b\u0080-\u009f]")
        head, *lines = [json.loads(line) for line in text.splitlines()]
        self.assertEqual((head["recording"], head["device"], head["name"], head["by"]), (1, DEVICE, "lab", "watch"))
        self.assertEqual([(line["kind"], line["direction"], line["method"]) for line in lines if line["kind"] != "waiting"],
                         [("answer", "up", "Input.insertText"), ("answer", "up", "Network.setCookie")])
        self.assertEqual([line["params"] for line in lines if line.get("method") == "Page.navigate"][-1],
                         {"url": "https://a.example/page"})
        code, out, err = self.ask("--replay", file)
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, rf"(?s)Device lab \({DEVICE}\), recorded by --watch\n.*3 commands: 1 ok, 1 failed, 1 without an answer\n"
                              r".*Errors\n +1  Network.setCookie: forged .*\(-32602\)\n.*Time by domain\n.*Input")
        self.assertNotIn("\u001b", out)
        code, out, err = self.ask("--json", "--replay", file)
        report = json.loads(out)
        self.assertEqual((code, report["commands"], report["ok"], report["failed"], report["unanswered"]), (0, 3, 1, 1, 1))

    def test_a_recording_replaces_no_other_file(self):
        other = self.home / "notes.txt"
        other.write_text("mine")
        code, out, err = self.ask("--watch", "lab", "--record", other, "--token-stdin", text=self.owner)
        self.assertEqual((code, other.read_text()), (1, "mine"), err)
        self.assertIn("is there and is no recording: choose another name", err)
        link = self.home / "link"
        link.symlink_to(other)
        self.assertEqual(self.ask("--watch", "lab", "--record", link, "--token-stdin", text=self.owner)[0], 1)
        older = self.home / "older.jsonl"
        older.write_text('{"recording":1,"older":true}\n')
        older.chmod(0o644)
        self.end(self.watch("--record", older))
        self.assertNotIn("older", older.read_text())
        self.assertEqual(older.stat().st_mode & 0o777, 0o600)

    def test_a_recording_that_cannot_be_written_ends_the_watch(self):
        file = self.home / "lab.jsonl"
        watch = self.as_owner("--watch", "lab", "--record", file)
        watch.hear("Watching lab")
        subprocess.run(["prlimit", f"--pid={watch.pid}", f"--fsize={file.stat().st_size}"], check=True)
        self.post("cdp-result", {"id": 1, "ok": True, "result": {}})
        code, out, err = watch.finish()
        self.assertEqual(code, 1, err)
        self.assertEqual(err.count("the recording ends here"), 1, err)

    def test_a_file_that_is_no_recording_is_named_with_its_line(self):
        good = '{"time":"2026-12-01T12:01:02.345Z","kind":"event","method":"Page.loadEventFired"}\n'
        for text, wrong in ((good + good + "{}\n", r'has a wrong line 3: it has no "time"'),
                            ("hello\n" + good, "has a wrong line 1: it cannot be read: no JSON value where one must be at position 1"),
                            ("hello", "has a wrong line 1: it cannot be read"),
                            ("", "is empty"), ("\n\n", "is empty")):
            file = self.home / "odd.jsonl"
            file.write_text(text)
            code, out, err = self.ask("--replay", file)
            self.assertEqual((code, out), (1, ""), text)
            self.assertIn(f"--replay: {file} {wrong}", err)
        file.write_text(good + good[:30])
        code, out, err = self.ask("--replay", file)
        self.assertEqual(code, 0, err)
        self.assertIn("The last line of", err)
        self.assertIn("1 event", out)
        code, out, err = self.ask("--replay", self.home)
        self.assertEqual(code, 1)
        self.assertIn("cannot be read: Is a directory", err)
        code, out, err = self.ask("--replay", self.home / "nowhere")
        self.assertEqual(code, 1)
        self.assertIn("cannot be opened: No such file", err)
        for words in (["--replay", ""], ["--replay", file, "--watch", "lab"], ["--record", file], ["--call", "lab", "--record", file],
                      ["--bridge", "lab", "--with-params"], ["--bridge", "lab", "--bridge", "shop", "--record", file]):
            self.assertEqual(self.ask(*words)[0], USAGE, words)

    def test_it_ends_like_a_call_where_it_may_not_listen(self):
        stranger = self.token(user="mallory")
        code, out, err = self.ask("--watch", DEVICE, "--token-stdin", text=stranger, HOME=self.home / "controller")
        self.assertEqual(code, REFUSED, err)
        self.assertIn(f"the channel of {DEVICE} is not joined", err)
        code, out, err = self.ask("--json", "--watch", DEVICE, "--token-stdin", text=stranger, HOME=self.home / "controller")
        self.assertEqual((code, json.loads(out)["error"]["code"]), (REFUSED, "refused"), err)
        code, out, err = self.as_owner("--watch", "bar").finish()
        self.assertEqual(code, NO_DEVICE, err)
        self.assertIn(f"lab ({DEVICE})", err)
        for words in (["--watch", ""], ["--watch", "lab", "--call", "lab"], ["--watch", "lab", "--session", "S"],
                      ["--watch", "lab", "--exec", "true"]):
            code, out, err = self.ask(*words)
            self.assertEqual(code, USAGE, (words, err))

    def test_it_comes_back_after_a_cut(self):
        watch = self.watch("--realtime-reconnect-spread", "100ms")
        self.hub.admin("sockets", action="drop")
        watch.hear("is not joined, and nothing of it is heard: ")
        watch.hear("Watching lab")
        self.post("cdp-result", {"id": 1, "ok": True, "result": {}})
        watch.hear("a command that was not heard … ok", "out")
        self.end(watch)

    def test_a_reader_that_has_gone_ends_it(self):
        ours, theirs = os.pipe()
        watch = self.watch_into(theirs)
        os.close(ours)
        self.post("cdp-result", {"id": 1, "ok": True, "result": {}})
        self.assertEqual(watch.wait(harness.LIMIT), 1)
        self.assertIn(b"nobody reads standard output any more", watch.stderr.read())


if __name__ == "__main__":
    unittest.main()
