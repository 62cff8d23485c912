#!/usr/bin/env python3
"""--bridge: a far browser as a local DevTools endpoint, over the hub, through a real agent with a real Chromium.

    bridge_test.py BUILD_DIR [unittest arguments]
"""

import json
import os
import pty
import signal
import socket
import subprocess
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import harness
from harness import DEVICE, LIMIT, OTHER_DEVICE

OWNER = "ada"
THIRD_DEVICE = "6f1c2a54-0d3b-4b7e-9a1f-2c5d8e7f9a77"
UNANSWERED, NO_DEVICE, USAGE, FAILURE = 18, 19, 64, 1
DRIVE = Path(__file__).resolve().parents[2] / "controller/drive.mjs"
ANY_PORT = ("--listen", "127.0.0.1:0")


class BridgeTest(harness.AgentTest):
    def setUp(self):
        super().setUp()
        self.hub.admin("device", uuid=DEVICE, owner=OWNER, row={"name": "lab"})
        self.hub.admin("device", uuid=OTHER_DEVICE, owner=OWNER, row={"name": "shop"})

    def bridge(self, *arguments):
        """As the devices' owner, on a machine that is not paired."""
        bridge = self.start("--token-stdin", "--bridge", *arguments, HOME=self.home / "controller")
        bridge.say(self.token(user=OWNER))
        bridge.process.stdin.close()
        bridge.process.stdin = None
        return bridge

    def far_agent(self):
        self.pair()
        agent = self.start("--realtime-optional-spread", "100ms")
        self.wait_for(0)
        return agent

    @staticmethod
    def is_pending(pid, number):
        text = Path(f"/proc/{pid}/status").read_text()
        return any(int(line.split()[1], 16) >> (number - 1) & 1 for line in text.splitlines() if "Pnd:" in line)

    @staticmethod
    def fetch(url, **headers):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=LIMIT) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    @staticmethod
    def drive(url):
        return subprocess.run(["node", DRIVE, url], capture_output=True, text=True, timeout=LIMIT)

    def test_a_page_is_driven_by_a_client_of_chromes(self):
        self.far_agent()
        bridge = self.bridge("lab", "--print-url", *ANY_PORT)
        url = bridge.hear(r"ws://127\.0\.0\.1:\d+/devtools/browser/\S+", "out")[0]
        http = bridge.hear(r"http://\S+")[0]
        bridge.hear("lab.*answers")
        for _ in range(2):
            driven = self.drive(url)
            self.assertEqual((driven.stdout, driven.stderr), ("far away\n", ""))
        status, text = self.fetch(http + "/json/version")
        self.assertEqual((status, json.loads(text)["webSocketDebuggerUrl"]), (200, url))
        self.assertIn("Chrome/", json.loads(text)["Browser"])
        status, text = self.fetch(http + "/json/list")
        self.assertIn("page", [target["type"] for target in json.loads(text)])
        root, secret = http.rsplit("/", 1)
        status, text = self.fetch(root + "/json/version")
        self.assertEqual(status, 403)
        self.assertIn("secret", text)
        self.assertEqual(self.fetch(root + "/json/version", Authorization="Bearer " + secret)[0], 200)
        bridge.signal(signal.SIGINT)
        code, out, err = bridge.finish()
        self.assertEqual((code, out), (0, url + "\n"), err)

    def test_the_conversation_of_a_client_is_recorded(self):
        self.far_agent()
        file = self.home / "drive.jsonl"
        code, out, err = self.bridge("lab", *ANY_PORT, "--record", file, "--with-params", "--exec", "node", DRIVE).finish()
        self.assertEqual((code, out), (0, "far away\n"), err)
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        head, *lines = [json.loads(line) for line in file.read_text().splitlines()]
        self.assertEqual((head["device"], head["by"], head["withParams"]), (DEVICE, "bridge", True))
        client = {line["client"] for line in lines}
        self.assertEqual([len(name) for name in client], [32])
        answers = {line["method"]: line for line in lines if line["kind"] == "answer"}
        evaluated = answers["Runtime.evaluate"]
        self.assertEqual((evaluated["ok"], evaluated["direction"]), (True, "up"))
        self.assertGreater(evaluated["ms"], 0)
        self.assertGreater(evaluated["bytes"], 10)
        self.assertIn("expression", evaluated["leftOut"])
        self.assertIn(("event", "down"), {(line["kind"], line["direction"]) for line in lines})
        code, out, err = self.ask("--replay", file)
        self.assertRegex(out, r"(?s)recorded by --bridge.*1 client, \d+ events?.*Slowest commands.*Time by domain", err)

    def test_a_recording_that_cannot_be_written_ends_no_conversation(self):
        self.far_agent()
        file = self.home / "drive.jsonl"
        bridge = self.bridge("lab", "--print-url", *ANY_PORT, "--record", file)
        url = bridge.hear(r"ws://127\.0\.0\.1:\d+/devtools/browser/\S+", "out")[0]
        bridge.hear("lab.*answers")
        subprocess.run(["prlimit", f"--pid={bridge.pid}", f"--fsize={file.stat().st_size}"], check=True)
        driven = self.drive(url)
        self.assertEqual((driven.stdout, driven.stderr), ("far away\n", ""))
        bridge.signal(signal.SIGINT)
        code, out, err = bridge.finish()
        self.assertEqual((code, err.count("the recording ends here")), (0, 1), err)

    def test_a_command_gets_the_address_and_gives_the_exit_code(self):
        self.far_agent()
        bridge = self.bridge("lab", *ANY_PORT, "--exec", "node", DRIVE)
        code, out, err = bridge.finish()
        self.assertEqual((code, out), (0, "far away\n"), err)
        bridge = self.bridge("lab", *ANY_PORT, "--exec", "sh", "-c", "exit 7")
        self.assertEqual(bridge.finish()[0], 7)
        bridge = self.bridge("lab", *ANY_PORT, "--exec", "sh", "-c", "echo here; sleep 600")
        bridge.hear("here", "out")
        bridge.signal(signal.SIGTERM)
        self.assertEqual(bridge.finish()[0], 128 + signal.SIGTERM)

    def test_an_upload_shows_its_progress_on_a_terminal(self):
        self.far_agent()
        terminal, end = pty.openpty()
        self.addCleanup(os.close, terminal)
        bridge = subprocess.Popen([harness.BUILD / "agent", "--user", "--token-stdin", "--bridge", "lab", "--print-url", *ANY_PORT],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=end,
                                  env=self.environment(HOME=self.home / "controller"))
        os.close(end)
        self.addCleanup(bridge.wait)
        self.addCleanup(bridge.kill)
        bridge.stdin.write(self.token(user=OWNER).encode())
        bridge.stdin.close()
        url = bridge.stdout.readline().decode().strip()
        file = self.home / "large.bin"
        file.write_bytes(bytes(2_000_000))
        drag = {"id": 1, "method": "Input.dispatchDragEvent", "sessionId": "none",
                "params": {"type": "dragEnter", "x": 1, "y": 1, "data": {"items": [], "files": [str(file)], "dragOperationsMask": 1}}}
        script = ("import WebSocket from 'ws'; const w = new WebSocket(process.argv[1]); w.onopen = () => w.send(process.argv[2]);"
                  "w.onmessage = m => { console.log(m.data); process.exit() }")
        client = self.program(["env", "-C", DRIVE.parent, "node", "--input-type=module", "-e", script, url, json.dumps(drag)])
        code, out, err = client.finish()
        self.assertIn("Session with given id not found", out, err)  # the far side's word, after the file
        bridge.send_signal(signal.SIGTERM)
        shown = b""
        try:
            while piece := os.read(terminal, 65536):
                shown += piece
        except OSError:  # the last one has closed it
            pass
        bridge.stdout.close()
        self.assertRegex(shown.decode(), r"upload of large\.bin: \d\.\d of 2\.0 MB \(\d+ %\)")
        self.assertIn("\r\x1b[K", shown.decode())

    def test_a_command_that_ignores_the_signal_is_killed(self):
        self.far_agent()
        for signals in (1, 2):  # the second one does not wait for the grace
            bridge = self.bridge("lab", *ANY_PORT, "--exec", "sh", "-c",
                                 "trap 'echo caught' TERM; echo here; while :; do sleep 1; done")
            bridge.hear("here", "out")
            begun = time.monotonic()
            bridge.signal(signal.SIGTERM)
            bridge.hear("caught", "out")
            if signals == 2:
                bridge.signal(signal.SIGTERM)
            self.assertEqual(bridge.finish()[0], 128 + signal.SIGKILL)
            took = time.monotonic() - begun
            self.assertTrue(took > 4 if signals == 1 else took < 4, took)

    def test_a_second_interrupt_does_not_wait_for_the_backend(self):
        bridge = self.bridge("lab", *ANY_PORT)
        bridge.hear(r"http://\S+")
        self.until("it is joined", lambda: "device:" + DEVICE in json.dumps(self.hub.request("GET", "/admin/sockets")))
        self.hub.program.signal(signal.SIGSTOP)
        self.addCleanup(self.hub.program.signal, signal.SIGCONT)
        bridge.signal(signal.SIGINT)
        self.until("it has the signal", lambda: not self.is_pending(bridge.pid, signal.SIGINT))  # two at once are one
        if bridge.running():
            bridge.signal(signal.SIGINT)
        code, out, err = bridge.finish(limit=5)
        self.assertIn(code, (0, 128 + signal.SIGINT, -signal.SIGINT), err)

    def test_an_open_port_and_the_end_of_the_agent(self):
        agent = self.far_agent()
        bridge = self.bridge("lab", *ANY_PORT, "--open-to-local-users")
        root = bridge.hear(r"http://\S+")[0]
        bridge.hear("Any user of this machine")
        bridge.hear("lab.*answers")
        url = json.loads(self.fetch(root + "/json/version")[1])["webSocketDebuggerUrl"]
        self.assertEqual(self.drive(url).stdout, "far away\n")
        script = ("import WebSocket from 'ws'; const w = new WebSocket(process.argv[1]); w.onopen = () => console.log('open');"
                  "w.onclose = e => console.log('closed', e.code, e.reason)")
        client = self.program(["env", "-C", DRIVE.parent, "node", "--input-type=module", "-e", script, url])
        client.hear("open", "out")
        agent.signal(signal.SIGTERM)
        agent.finish()
        client.hear("closed 1001 .+", "out")
        self.assertEqual(client.finish()[0], 0)

    def test_what_does_not_answer(self):
        bridge = self.bridge("shop", *ANY_PORT, "--exec", "true")
        code, out, err = bridge.finish(limit=2 * LIMIT)
        self.assertEqual(code, UNANSWERED, err)
        self.assertIn("the command was not started", err)
        code, out, err = self.bridge("bar", *ANY_PORT).finish()
        self.assertEqual(code, NO_DEVICE)
        self.assertIn(f"lab ({DEVICE}), shop ({OTHER_DEVICE})", err)

    def test_addresses_that_cannot_be_listened_on(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            code, out, err = self.bridge("lab", "--listen", f"127.0.0.1:{taken.getsockname()[1]}").finish()
            self.assertEqual(code, FAILURE)
            self.assertIn("is in use", err)
        if os.geteuid() != 0:
            code, out, err = self.bridge("lab", "--listen", "127.0.0.1:80").finish()
            self.assertEqual(code, FAILURE)
            self.assertIn("may not listen on a port below 1024", err)
        code, out, err = self.ask("--bridge", "lab", "--listen", "0.0.0.0:9333")
        self.assertEqual(code, USAGE)
        self.assertIn("loopback addresses alone", err)

    def test_one_device_by_two_names(self):
        code, out, err = self.bridge("lab", "--bridge", DEVICE, *ANY_PORT).finish()
        self.assertEqual(code, USAGE)
        self.assertIn(f"lab and {DEVICE} are one device", err)

    def test_two_devices_share_a_port_and_a_document_tells_of_both(self):
        self.far_agent()
        bridge = self.bridge("lab", "--bridge", "shop", "--json", *ANY_PORT)
        lab, shop = json.loads(bridge.hear(r"\{.*\}(?=\n)", "out")[0])["endpoints"]
        self.assertEqual((lab["device"], shop["name"]), (DEVICE, "shop"))
        self.assertEqual(self.drive(lab["webSocketUrl"]).stdout, "far away\n")
        self.assertNotEqual(lab["httpUrl"], shop["httpUrl"])
        self.assertEqual(lab["httpUrl"].rsplit("/", 1)[0], shop["httpUrl"].rsplit("/", 1)[0])
        bridge.signal(signal.SIGTERM)
        self.assertEqual(bridge.finish()[0], 0)

    def test_without_a_device_a_page_shows_all_and_each_is_joined_when_it_is_used(self):
        agent = self.far_agent()
        bridge = self.bridge("--print-url", *ANY_PORT)
        page = bridge.hear(r"http://127\.0\.0\.1:\d+/[0-9a-f-]{36}/", "out")[0]
        bridge.hear("2 devices are on offer")
        self.assertEqual(self.fetch(page[:-1])[0], 200, "without its slash it leads to the page")
        self.assertIn("<!doctype html>", self.fetch(page)[1])
        self.assertEqual(self.fetch(page.rsplit("/", 2)[0] + "/")[0], 403)

        def device(name):
            return next(one for one in json.loads(self.fetch(page + "devices.json")[1])["devices"] if one["name"] == name)

        self.until("lab has its browser", lambda: device("lab")["state"] == "ready")
        self.assertIn("Chrome/", device("lab")["browser"])
        self.assertFalse(device("lab")["connected"])
        self.until("shop is known to be away", lambda: device("shop")["state"] == "offline")
        self.assertIsNone(device("shop")["lastSeen"])
        self.assertLessEqual(device("shop")["lookingSince"], time.time())
        socket_url = "ws://" + page.split("/")[2] + device("lab")["socket"]
        self.assertEqual(self.drive(socket_url).stdout, "far away\n")
        went = int(time.time())
        agent.signal(signal.SIGTERM)
        agent.finish()
        self.until("lab is seen to go", lambda: device("lab")["state"] == "offline")
        self.assertGreaterEqual(device("lab")["lastSeen"], went, "until it went it was there")
        self.hub.admin("device", uuid=THIRD_DEVICE, owner=OWNER, row={"name": "new"})
        self.until("a new device is found", lambda: "new" in self.fetch(page + "devices.json")[1])
        bridge.signal(signal.SIGINT)
        self.assertEqual(bridge.finish()[0], 0)

    def test_without_a_device_there_is_no_address_for_a_command(self):
        code, out, err = self.ask("--bridge", "--exec", "true")
        self.assertEqual(code, USAGE)
        self.assertIn("--exec with --bridge needs a device", err)
        code, out, err = self.ask("--bridge", "")
        self.assertEqual(code, USAGE, err)

    def test_a_pause_is_told_on_the_page_and_who_drives(self):
        self.far_agent()
        bridge = self.bridge("lab", *ANY_PORT)
        page = bridge.hear(r"this page: (http://\S+)")[1]

        def device():
            return json.loads(self.fetch(page + "devices.json?open=" + DEVICE)[1])["devices"][0]

        self.until("it is ready", lambda: device()["state"] == "ready")
        script = ("import WebSocket from 'ws'; const w = new WebSocket(process.argv[1]); w.onopen = () => console.log('open');"
                  "w.onclose = () => process.exit()")
        url = "ws://" + page.split("/")[2] + device()["socket"]
        client = self.program(["env", "-C", DRIVE.parent, "node", "--input-type=module", "-e", script, url])
        client.hear("open", "out")
        self.until("its driver is named", lambda: any("bridge on" in one for one in device()["drivers"]))
        self.assertTrue(device()["connected"])
        self.assertGreater(device()["payloadBytes"], 100_000)
        self.assertIsNotNone(device()["pace"])
        self.ask("--pause", "10m")
        self.until("the pause is told", lambda: device()["state"] == "paused")
        self.assertIn("The agent is paused for", device()["sentence"])
        self.ask("--resume")
        self.until("its end is told", lambda: device()["state"] == "ready")


if __name__ == "__main__":
    unittest.main()
