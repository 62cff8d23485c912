#!/usr/bin/env python3
"""Who may ask the service what: root, its own user, a member of its group, anybody else. Needs root.

    users_test.py BUILD_DIR [unittest arguments]

Runs in a mount namespace of its own, where /run is empty and /etc/passwd and /etc/group know four users more: this machine
stays as it was.
"""

import json
import os
import shutil
import stat
import subprocess
import sys
import time
import unittest
from pathlib import Path

INSIDE = "BMC_USERS_TEST_INSIDE"
if os.geteuid() != 0:
    sys.exit("users_test: needs root")
if INSIDE not in os.environ:
    os.environ[INSIDE] = "1"
    os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv])

import harness  # noqa: E402  (it reads the arguments)
from harness import DEVICE  # noqa: E402

SERVICE, MEMBER, STRANGER = 64001, 64002, 64003
NOBODY_KNOWN = 64009  # no entry in /etc/passwd, as in a container that is run with --user
AT_ONCE = 6  # seconds in which a command is done all the same, its start on a loaded machine included
FORBIDDEN = "this is for root and the service's own user"


class UsersTest(harness.AgentTest):
    def setUp(self):
        super().setUp()
        self.home.chmod(0o755)
        # The program is wherever it was built, which others need not reach.
        self.agent = self.home / "bmc-agent"
        shutil.copy(harness.BUILD / "agent", self.agent)
        self.mount("-t", "tmpfs", "-o", "mode=755", "none", "/run")
        self.extend("/etc/passwd", "".join(f"{name}:x:{uid}:{gid}::/run/{name}:/bin/sh\n" for name, uid, gid in (
            ("bmc-agent", SERVICE, SERVICE), ("member", MEMBER, MEMBER), ("stranger", STRANGER, STRANGER))))
        self.extend("/etc/group", f"bmc-agent:x:{SERVICE}:member\nmember:x:{MEMBER}:\nstranger:x:{STRANGER}:\n")
        for name, uid in (("member", MEMBER), ("stranger", STRANGER)):
            self.folder(f"/run/{name}", uid, 0o700)
        # As systemd makes them for the unit.
        self.folder("/run/bmc-agent", SERVICE, 0o750)
        self.folder("/run/state", SERVICE, 0o700)
        self.folder("/run/config", 0, 0o755)
        self.as_service = {"STATE_DIRECTORY": "/run/state", "RUNTIME_DIRECTORY": "/run/bmc-agent",
                           "CONFIGURATION_DIRECTORY": "/run/config"}

    def mount(self, *words):
        subprocess.run(["mount", *words], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", words[-1]], check=True)

    def extend(self, file, text):
        """Shows `file` with `text` more, here alone; a line that is there already for one of our names is left out."""
        names = {line.split(":")[0] for line in text.splitlines()}
        kept = [line for line in Path(file).read_text().splitlines() if line.split(":")[0] not in names]
        ours = self.home / Path(file).name
        ours.write_text("\n".join(kept) + "\n" + text)
        ours.chmod(0o644)
        self.mount("--bind", str(ours), file)

    def folder(self, path, uid, mode):
        Path(path).mkdir()
        os.chown(path, uid, uid)
        os.chmod(path, mode)

    def as_user(self, user, *arguments, **more):
        env = self.environment(HOME=f"/run/{user}", **more)
        words = ["setpriv", "--reuid", user, "--regid", user, "--init-groups"] if user != "root" else []
        return self.program([*words, self.agent, *arguments], env)

    def ask_as(self, user, *arguments, text=None, **more):
        return self.as_user(user, *arguments, **more).finish(text)

    def serve(self):
        code, _, err = self.ask_as("bmc-agent", "--pair", "--token-stdin", text=self.token(device=DEVICE), **self.as_service)
        self.assertEqual(code, 0, err)
        service = self.as_user("bmc-agent", "--browser-path", "/bin/false", **self.as_service)
        self.until("the service is joined", lambda: self.ask_as("root", "--status", **self.as_service)[0] in harness.JOINED)
        return service

    def test_who_may_ask_what(self):
        service = self.serve()
        socket = Path("/run/bmc-agent/control.sock").stat()
        self.assertEqual((socket.st_uid, socket.st_gid, stat.S_IMODE(socket.st_mode)), (SERVICE, SERVICE, 0o660))

        # A member of the group reads, without naming a place, and changes nothing.
        code, out, err = self.ask_as("member", "--status")
        self.assertIn(code, harness.JOINED, err)
        self.assertIn(DEVICE, out)
        code, out, err = self.ask_as("member", "--metrics")
        self.assertEqual(code, 0, err)
        self.assertTrue(out.endswith("# EOF\n"))
        at = {"BMC_AGENT_SOCKET": "/run/bmc-agent/control.sock"}
        for command in (("--pause",), ("--resume",), ("--reload",), ("--unpair",), ("--pair", "--token-stdin"), ("--adopt",),
                        ("--listen", "settings:global")):
            for where in ({}, at):
                code, out, err = self.ask_as("member", *command, **where)
                self.assertEqual(code, 77, (command, err))
                self.assertIn(FORBIDDEN, err)
                self.assertIn("add sudo", err)
        found = {line["check"]: line for line in
                 json.loads(self.ask_as("member", "--doctor", "--json", "--browser-path", "/nowhere/browser")[1])}
        for check in ("pairing", "twin", "service"):
            self.assertIn(found[check]["outcome"], ("ok", "skipped"), found[check])
        code, out, err = self.ask_as("member", "--support-bundle", "/run/member/bundle", **at)
        self.assertEqual(code, 0, err)
        self.assertIn(FORBIDDEN, Path("/run/member/bundle").read_text().split("=== log\n")[1])
        self.assertTrue(Path("/run/state/credential.json").exists())

        # Anybody else is told whose it is.
        for command in (("--status",), ("--metrics",), ("--pause",), ("--pair", "--token-stdin"), ("--listen", "settings:global")):
            for where in ({}, at):
                code, out, err = self.ask_as("stranger", *command, **where)
                self.assertEqual(code, 77, command)
                self.assertIn("control.group", err)
                self.assertIn("add sudo", err)
        out = self.ask_as("stranger", "--doctor", "--json", "--browser-path", "/nowhere/browser")[1]
        found = {line["check"]: line for line in json.loads(out)}
        self.assertIn("add sudo", found["service"]["what"])

        # Root and the service's own user may all.
        for user in ("root", "bmc-agent"):
            for command in ("--status", "--metrics", "--pause", "--resume", "--reload"):
                code, _, err = self.ask_as(user, command, **self.as_service)
                self.assertIn(code, harness.JOINED if command == "--status" else (0,), f"{user} {command}: {err}")
        self.assertEqual(self.ask_as("root", "--unpair", **self.as_service)[0], 0)
        self.assertFalse(Path("/run/state/credential.json").exists())
        self.assertTrue(service.running())

    def test_a_reader_cannot_keep_others_from_the_socket(self):
        self.serve()
        hold = self.script("hold", "exec python3 -c '" + """
import socket, sys, time
held = []
while len(held) < 150:
    one = socket.socket(socket.AF_UNIX)
    one.settimeout(20)
    try:
        one.connect("/run/bmc-agent/control.sock")
        one.sendall(b"POST /pause HTTP/1.1")
    except BlockingIOError:
        time.sleep(0.01)
        continue
    except BrokenPipeError:
        pass
    held.append(one)
print("held", flush=True)
sys.stdin.read()
""" + "'\n")
        env = self.environment(HOME="/run/member")
        reader = self.program(["setpriv", "--reuid", "member", "--regid", "member", "--init-groups", hold], env)
        reader.hear("held", "out")
        for command in ("--pause", "--resume", "--status"):
            for user in ("root", "bmc-agent"):
                began = time.monotonic()
                code, _, err = self.ask_as(user, command, **self.as_service)
                self.assertIn(code, harness.JOINED if command == "--status" else (0,), f"{user} {command}: {err}")
                self.assertLess(time.monotonic() - began, AT_ONCE, f"{user} {command}")
        self.assertEqual(self.ask_as("root", "--unpair", **self.as_service)[0], 0)

    def test_nothing_is_sent_to_a_stranger_on_the_socket(self):
        heard = Path("/run/stranger/heard")
        listen = self.script("listen", "exec python3 -c '" + """
import os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
server.listen(20)
print("listening", flush=True)
while True:
    one, _ = server.accept()
    text = one.recv(65536)
    if text:
        open("/run/stranger/heard", "ab").write(text)
    one.close()
""" + "' \"$1\"\n")
        self.folder("/run/open", STRANGER, 0o755)  # a folder that root gave away is not the service's for that
        os.chmod("/run/bmc-agent", 0o777)  # and neither is the service's, where anybody could put a socket
        for place in ("/run/open/control.sock", "/run/bmc-agent/control.sock"):
            stranger = self.program(["setpriv", "--reuid", "stranger", "--regid", "stranger", "--init-groups", listen, place],
                                    self.environment(HOME="/run/stranger"))
            stranger.hear("listening", "out")
            at = {"BMC_AGENT_SOCKET": place}
            for user in ("root", "member", "bmc-agent"):
                for command in (("--pair", "--token-stdin"), ("--unpair",), ("--pause",), ("--status",), ("--metrics",)):
                    code, out, err = self.ask_as(user, *command, text=self.token(device=DEVICE), **{**self.as_service, **at})
                    self.assertEqual(code, 77, f"{user} {command}: {err}")
                    self.assertIn("nothing was sent", err)
            code, _, err = self.as_user("member", "--hand-to", place).finish("secret")
            self.assertEqual(code, 77, err)
        self.assertFalse(heard.exists())

    def test_root_pairs_the_service_running_or_not(self):
        stored = Path("/run/state/credential.json")

        def pair_as(user, ttl, **more):
            return self.ask_as(user, "--pair", "--force", "--token-stdin", text=self.token(device=DEVICE, ttl=ttl), **more)

        # None runs: what root writes is the service's own all the same.
        code, _, err = pair_as("root", harness.LASTING, **self.as_service)
        self.assertEqual(code, 0, err)
        self.assertEqual((stored.stat().st_uid, stat.S_IMODE(stored.stat().st_mode)), (SERVICE, 0o600))
        self.as_user("bmc-agent", "--browser-path", "/bin/false", **self.as_service)
        self.until("the service is joined", lambda: self.ask_as("root", "--status", **self.as_service)[0] in harness.JOINED)
        before = stored.read_text()

        at = {"BMC_AGENT_SOCKET": "/run/bmc-agent/control.sock"}
        code, _, err = pair_as("member", harness.LASTING + 1, **at)
        self.assertEqual(code, 77)
        self.assertIn(FORBIDDEN, err)
        code, _, err = pair_as("stranger", harness.LASTING + 1, **at)
        self.assertEqual(code, 77)
        self.assertIn("belongs to another user", err)
        self.assertEqual(stored.read_text(), before)

        code, _, err = pair_as("root", harness.LASTING + 1, **self.as_service)
        self.assertEqual(code, 0, err)
        self.assertIn("has joined", err)
        self.assertNotEqual(stored.read_text(), before)
        self.assertEqual(stored.stat().st_uid, SERVICE)

    def test_without_its_group_the_socket_is_the_services_own(self):
        self.as_service["BMC_AGENT_CONTROL_GROUP"] = ""
        self.serve()
        self.assertEqual(stat.S_IMODE(Path("/run/bmc-agent/control.sock").stat().st_mode), 0o600)
        self.assertEqual(self.ask_as("member", "--status")[0], 77)

    def test_a_doctor_called_by_root_sees_what_the_service_sees(self):
        self.serve()
        code, out, err = self.ask_as("root", "--doctor", "--json", "--browser-path", "/nowhere/browser", **self.as_service)
        found = {line["check"]: line for line in json.loads(out)}
        for check in ("modes", "pairing", "join", "write", "service"):
            self.assertEqual(found[check]["outcome"], "ok", found[check])
        bundle = Path("/run/bundle")  # where root alone may write
        code, _, err = self.ask_as("root", "--support-bundle", str(bundle), "--browser-path", "/nowhere/browser",
                                   **self.as_service)
        self.assertEqual(code, 0, err)
        self.assertEqual((bundle.stat().st_uid, stat.S_IMODE(bundle.stat().st_mode)), (0, 0o600))
        self.assertIn("-> joined", bundle.read_text())

    def test_what_root_asks_of_a_far_browser_is_roots(self):
        self.serve()
        picture = Path("/run/page.png")  # where root alone may write
        code, _, err = self.ask_as("root", "--call", DEVICE, "--screenshot", str(picture), **self.as_service)
        self.assertEqual(code, harness.NO_BROWSER, err)
        self.assertFalse(picture.exists(), "nothing was written to it")
        picture.write_text("older")
        code, _, err = self.ask_as("root", "--call", DEVICE, "--screenshot", str(picture), **self.as_service)
        self.assertEqual(code, harness.NO_BROWSER, err)
        self.assertEqual((picture.stat().st_uid, picture.read_text()), (0, "older"))
        code, _, err = self.ask_as("root", "--call", DEVICE, "--screenshot", "/nowhere/page.png", **self.as_service)
        self.assertEqual(code, 1)
        self.assertIn("/nowhere/page.png cannot be written", err)
        recording = Path("/run/lab.jsonl")
        code, _, err = self.ask_as("root", "--watch", "no-such-device", "--record", str(recording), **self.as_service)
        self.assertEqual(code, 19, err)
        self.assertEqual((recording.stat().st_uid, stat.S_IMODE(recording.stat().st_mode)), (0, 0o600))
        code, _, err = self.ask_as("root", "--bridge", DEVICE, "--exec", "true", **self.as_service)
        self.assertEqual(code, 64)
        self.assertIn("as the user bmc-agent", err)

    def test_a_bundle_is_not_written_into_a_file_of_somebody_elses(self):
        trap = Path("/run/member/trap")
        trap.touch()
        os.chown(trap, MEMBER, MEMBER)
        code, _, err = self.ask_as("root", "--support-bundle", str(trap), **self.as_service)
        self.assertEqual(code, 1)
        self.assertIn("belongs to another user", err)
        self.assertEqual(trap.read_text(), "")

    def test_a_doctor_of_root_is_root_no_more(self):
        self.serve()
        self.folder("/run/told", SERVICE, 0o700)  # the state folder is hidden from a browser
        script = self.script("chrome", 'id -u > /run/told/who; id -G >> /run/told/who; exit 1\n')
        self.ask_as("root", "--doctor", "--browser-path", str(script), **self.as_service)
        self.assertEqual(Path("/run/told/who").read_text().split(), [str(SERVICE), str(SERVICE)])

    def test_an_ephemeral_agent_of_a_user_whom_nobody_knows(self):
        for home in ((), ("HOME=/",), ("HOME=/root",)):
            step = self.program(["setpriv", "--reuid", str(NOBODY_KNOWN), "--regid", str(NOBODY_KNOWN), "--clear-groups",
                                 "/usr/bin/env", "-i", *home, self.agent, "--ephemeral", "--token-stdin", "--browser-path",
                                 "/bin/false", "--api-url", self.hub.url, "--api-key", self.hub.key, "--exec", "/usr/bin/id",
                                 "-u"], {})
            code, out, err = step.finish(self.token(device=DEVICE))
            self.assertEqual(code, 0, err)
            self.assertIn(str(NOBODY_KNOWN), out)
            left = [path for path in Path("/tmp").glob("bmc-agent-*") if path.stat().st_uid == NOBODY_KNOWN]
            self.assertEqual(left, [])


if __name__ == "__main__":
    unittest.main()
