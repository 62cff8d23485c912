#!/usr/bin/env python3
"""agent --doctor: every check once well and once made to fail, with its remedy; and the support bundle.

    doctor_test.py BUILD_DIR [unittest arguments]
"""

import json
import os
import re
import shutil
import socket
import stat
import unittest
from pathlib import Path

import harness
import middlemen
from harness import DEVICE, LASTING

CHECKS = ["configuration", "modes", "pairing", "key", "token", "address", "dns", "proxy", "connection", "tls", "upgrade",
          "http", "clock", "join", "write", "limits", "twin", "browser", "snap", "browser start", "browser answer", "fence",
          "sandbox", "user namespaces", "shared memory", "disk", "service", "health"]
CHROMIUM = next((found for found in map(shutil.which, ("google-chrome-stable", "google-chrome", "chromium")) if found), None)
NO_BROWSER = ("--browser-path", "/nowhere/browser")  # where the browser is not what is looked at


class Findings(dict):
    def __getattr__(self, name):
        return self[name.replace("_", " ")]


class DoctorTest(harness.AgentTest):
    def read(self, program, limit=harness.LIMIT):
        code, out, err = program.finish(limit=limit)
        found = Findings()
        for line in json.loads(out or "[]"):
            found.setdefault(line["check"], line)
            if line["outcome"] in ("failed", "warning"):
                self.assertTrue(line["remedy"], line)
        self.assertEqual(list(found), CHECKS, out + err)
        self.assertEqual(code, 1 if any(line["outcome"] == "failed" for line in found.values()) else 0, out)
        return found

    def doctor(self, *arguments, **more):
        browser = () if any("--browser" in word for word in arguments) else NO_BROWSER
        return self.read(self.start("--doctor", "--json", *browser, *arguments, **more))

    def inside(self, setup, *arguments):
        """The doctor in namespaces of its own, after `setup` there."""
        return self.read(self.program(["unshare", "-Urm", "sh", "-c", setup + ' && exec "$@"', "sh",
                                       harness.BUILD / "agent", "--user", "--doctor", "--json", *NO_BROWSER, *arguments],
                                      self.environment()))

    def expect(self, line, outcome, what="", remedy=""):
        self.assertEqual(line["outcome"], outcome, line)
        self.assertIn(what, line["what"])
        self.assertIn(remedy, line["remedy"])

    def server(self, server):
        self.addCleanup(server.close)
        return server

    def token_file(self, **what):
        file = self.home / "token"
        file.write_text(self.token(**what))
        file.chmod(0o600)
        return "--credentials-token-file", str(file)

    # --- all well

    def test_a_healthy_machine(self):
        self.pair()
        self.start("--browser-path", CHROMIUM)
        self.until("it serves commands", lambda: self.ask("--status")[0] == 0)
        found = self.doctor("--browser-path", CHROMIUM)
        allowed = {"tls": "skipped", "user namespaces": found.user_namespaces["outcome"],
                   "shared memory": found.shared_memory["outcome"], "disk": found.disk["outcome"]}
        for check, line in found.items():
            self.assertEqual(line["outcome"], allowed.get(check, "ok"), line)
        self.expect(found.pairing, "ok", DEVICE)
        self.expect(found.token, "ok", "a device token, role authenticated, valid until 20")
        self.expect(found.browser_answer, "ok", "Chrome/")

    def test_for_people_it_is_a_line_a_check_with_the_remedy_below(self):
        code, out, _ = self.ask("--doctor", *NO_BROWSER)
        self.assertEqual(code, 1)
        self.assertRegex(out, r"(?m)^failed  pairing: this machine is not paired\n        -> run  agent --pair$")
        lines = [line for line in out.splitlines() if not line.startswith("        ")]
        self.assertEqual([re.match(r"(ok|warning|failed|skipped) +([a-z ]+):", line)[2] for line in lines], CHECKS)

    # --- configuration and files

    def test_configuration(self):
        self.configure("[log]\nlevle = 1\n")
        found = self.doctor()
        self.expect(found.configuration, "failed", "agent.toml:2: there is no setting log.levle; did you mean log.level?",
                    "mend it there")
        self.expect(found.join, "skipped", "the configuration is wrong")
        self.assertNotEqual(found.disk["outcome"], "skipped", "what needs no configuration is looked at")

    def test_modes_of_what_is_secret(self):
        self.pair()
        self.stored().chmod(0o644)
        self.expect(self.doctor().modes, "failed", "credential.json has mode 0644", "chmod 0600")
        self.stored().chmod(0o600)
        self.stored().parent.chmod(0o755)
        self.expect(self.doctor().modes, "failed", "has mode 0755", "chmod 0700 " + str(self.stored().parent))

    def test_modes_of_the_configuration(self):
        self.pair()
        self.configure("")
        dropins = self.home / ".config/bmc-agent/agent.toml.d"
        dropins.mkdir(0o755)
        (dropins / "x.toml").write_text("")
        self.assertEqual(self.doctor().modes["outcome"], "ok")
        (dropins / "x.toml").chmod(0o666)
        self.expect(self.doctor().modes, "failed", "others may write to " + str(dropins / "x.toml"), "chmod go-w")

    # --- the credential

    def test_pairing(self):
        self.expect(self.doctor().pairing, "failed", "not paired", "agent --pair")
        self.pair()
        self.stored().write_text("{")
        self.expect(self.doctor().pairing, "failed", "", "agent --pair")

    def test_the_devices_key(self):
        shown = re.search(r"(SHA256:\S{43})", self.pair()[1])[1]
        found = self.doctor()
        self.expect(found.key, "ok", f"the device's key is {shown}")
        key = self.stored().parent / "identity.pem"
        key.write_text("rubbish")
        self.expect(self.doctor().key, "warning", "the device's key cannot be read", str(key.parent))
        key.unlink()
        self.expect(self.doctor().key, "skipped", "the agent makes one when it starts")

    def test_token(self):
        found = self.doctor(*self.token_file(device=DEVICE, ttl=-60))
        self.expect(found.token, "failed", "it has run out", "put another token into")
        found = self.doctor(*self.token_file(device=DEVICE, ttl=3600))
        self.expect(found.token, "warning", "not refreshable", "before it runs out")
        found = self.doctor(*self.token_file(claims={"device_uuid": DEVICE}))
        self.expect(found.pairing, "failed", "is the project's public key", "a device token")
        found = self.doctor(*self.token_file(service=True, claims={"device_uuid": DEVICE}))
        self.expect(found.pairing, "failed", "role service_role", "a device token")

    def test_a_token_that_the_agent_does_not_use(self):
        """What keeps the agent at its gate is no credential to the doctor either, in the agent's words."""
        flag, file = self.token_file(device=DEVICE)
        agent = self.daemon(flag, file)
        self.wait_for(0)
        self.assertEqual(self.doctor(flag, file).pairing["outcome"], "ok")
        self.assertEqual(self.ask("--unpair")[0], 0)
        at_gate = agent.hear(r"at the activation gate: (the token in .* was unpaired: .*)")[1]
        found = self.doctor(flag, file)
        self.expect(found.pairing, "failed", "was unpaired", "another")
        self.assertIn(found.pairing["what"].split(":")[0], at_gate)
        self.expect(found.token, "skipped", "none to look at")
        self.expect(found.join, "skipped")
        agent.end()
        Path(file).write_text("")
        found = self.doctor(flag, file)
        self.expect(found.pairing, "failed", "is empty", "put a device token there")
        Path(file).unlink()
        self.expect(self.doctor(flag, file).pairing, "failed", "is not there", "chmod 0600")

    def test_a_token_for_the_device_of_the_command_line(self):
        flag, file = self.token_file(user="ada")
        found = self.doctor(flag, file)
        self.expect(found.pairing, "failed", "the token names no device: add --device UUID", "put a device token there")
        self.expect(self.doctor(flag, file, "--device", DEVICE).pairing, "ok", DEVICE)

    def test_the_service_managers_token(self):
        folder = self.home / "credentials"
        folder.mkdir(0o700)
        (folder / "bmc-token").write_text(self.token(device=DEVICE))
        found = self.doctor(CREDENTIALS_DIRECTORY=str(folder))
        self.expect(found.pairing, "ok", f"device {DEVICE}, by {folder}/bmc-token")
        self.expect(found.join, "ok")

    def test_a_token_in_the_address(self):
        self.pair(BMC_AGENT_API_KEY="")
        found = self.doctor(BMC_AGENT_API_KEY="")
        self.expect(found.address, "warning", "the token travels in the address", "set api.key")
        self.assertEqual(found.join["outcome"], "ok")

    # --- the way to the backend

    def test_clock(self):
        self.hub.admin("clock", advance_ms=3600000)
        found = self.doctor()
        self.expect(found.clock, "failed", "behind the server", "timedatectl")
        self.assertRegex(found.clock["what"], r"this machine's clock is (1 h|59 min) ")

    def test_a_wrong_clock_is_told_by_pairing_and_log_too(self):
        told = r"this machine's clock is (1 d 23 h|2 d) (behind|ahead of) the server's: set it \(timedatectl"
        for days, where in ((2, "behind"), (-4, "ahead of")):
            self.hub.admin("clock", advance_ms=days * 86400000)
            _, err = self.pair("--force", ttl=10 * 86400)
            self.assertEqual(re.search(told, err)[2], where)
            agent = self.daemon()
            self.assertEqual(agent.hear(told)[2], where)
            self.wait_for(0)
            agent.end()

    def test_dns(self):
        resolver = self.home / "resolv.conf"  # where nobody answers, and at once: no network is needed for this
        resolver.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        found = self.inside(f"mount --bind {resolver} /etc/resolv.conf", "--api-url", "https://nowhere.invalid")
        self.expect(found.dns, "failed", "nowhere.invalid has no address, of neither family", "/etc/resolv.conf")
        self.expect(found.connection, "failed", "nowhere.invalid:443", "firewall")
        self.expect(found.upgrade, "skipped")

    def test_both_families_are_looked_up(self):
        hosts = self.home / "hosts"
        hosts.write_text("192.0.2.1 both.example\n2001:db8::1 both.example\n192.0.2.2 four.example\n")
        for name, shown in (("both.example", "IPv4 192.0.2.1, IPv6 2001:db8::1"), ("four.example", "IPv6 none")):
            found = self.inside(f"mount --bind {hosts} /etc/hosts", "--api-url", f"https://{name}",
                                "--net-connect-timeout", "1s")
            self.expect(found.dns, "ok", shown)

    def test_proxy_that_is_not_there(self):
        found = self.doctor("--api-url", "https://backend.example", "--net-proxy", "http://me:hunter2@127.0.0.1:9")
        self.expect(found.proxy, "failed", "127.0.0.1:9", "net.proxy")
        self.assertNotIn("hunter2", json.dumps(found))
        self.expect(found.dns, "skipped", "looks up backend.example")
        self.expect(found.connection, "skipped")

    def test_proxy_that_wants_credentials(self):
        proxy = self.server(middlemen.connect_proxy(0, b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\n"
                                                       b"Content-Length: 0\r\n\r\n"))
        found = self.doctor("--api-url", "https://backend.example", "--net-proxy", f"http://127.0.0.1:{proxy.port}")
        self.expect(found.proxy, "failed", "wants other credentials", "net.proxy")

    def behind_inspection(self, strip):
        host, port = self.hub.address.split(":")
        pem, key, authority = middlemen.certificate(self.home, "Inspecting Proxies Inc", "backend.example")
        gateway = self.server(middlemen.gateway((host, int(port)), pem, key, strip))
        proxy = self.server(middlemen.connect_proxy(gateway.port))
        return ("--api-url", "https://backend.example", "--net-proxy", f"http://127.0.0.1:{proxy.port}"), authority

    def test_proxy_that_strips_upgrade(self):
        way, authority = self.behind_inspection(strip=True)
        found = self.doctor(*way, "--net-ca-file", str(authority))
        self.expect(found.proxy, "failed", "strips Upgrade", "CONNECT")
        self.expect(found.tls, "ok", "issued by O = Inspecting Proxies Inc")
        self.expect(found.upgrade, "failed", "Upgrade", "without inspection")

    def test_tls_says_whose_certificate_it_saw(self):
        way, authority = self.behind_inspection(strip=False)
        self.pair(*way, "--net-ca-file", str(authority))
        found = self.doctor(*way)
        self.expect(found.tls, "failed", "issued by O = Inspecting Proxies Inc", "net.ca_file")
        self.expect(found.upgrade, "skipped")
        found = self.doctor(*way, "--net-ca-file", str(authority))
        self.expect(found.tls, "ok", "TLSv1.3, CN = backend.example, issued by O = Inspecting Proxies Inc, until 20")
        self.expect(found.join, "ok")

    def test_tls_for_another_host(self):
        host, port = self.hub.address.split(":")
        pem, key, authority = middlemen.certificate(self.home, "Somebody", "other.example")
        gateway = self.server(middlemen.gateway((host, int(port)), pem, key))
        found = self.doctor("--api-url", f"https://localhost:{gateway.port}", "--net-ca-file", str(authority))
        self.expect(found.tls, "failed", "another host name", "names of the certificate")

    def test_connection(self):
        found = self.doctor("--realtime-url", "http://127.0.0.1:9/realtime/v1")
        self.expect(found.connection, "failed", "127.0.0.1:9", "firewall")
        self.expect(self.doctor("--realtime-url", "http://backend.example/realtime/v1").connection, "failed",
                    "not encrypted", "realtime.url")

    def test_http(self):
        away = self.server(middlemen.portal(503))
        found = self.doctor("--pairing-rest-url", f"http://127.0.0.1:{away.port}")
        self.expect(found.http, "failed", "(503)", "in trouble")
        login = self.server(middlemen.portal(302, [("Location", "http://portal.example/")]))
        found = self.doctor("--pairing-rest-url", f"http://127.0.0.1:{login.port}")
        self.expect(found.http, "failed", "redirect", "portal")
        page = self.server(middlemen.portal(200))
        found = self.doctor("--pairing-rest-url", f"http://127.0.0.1:{page.port}")
        self.expect(found.http, "failed", "ordinary page", "portal")
        found = self.doctor("--pairing-rest-url", "http://127.0.0.1:9")
        self.expect(found.http, "failed", "http://127.0.0.1:9", "how far the way is open")
        self.expect(found.clock, "skipped")

    def test_upgrade(self):
        page = self.server(middlemen.portal(200))
        found = self.doctor("--realtime-url", f"http://127.0.0.1:{page.port}/realtime/v1")
        self.expect(found.upgrade, "failed", "ordinary page (200)", "portal")
        away = self.server(middlemen.portal(503))
        found = self.doctor("--realtime-url", f"http://127.0.0.1:{away.port}/realtime/v1")
        self.expect(found.upgrade, "failed", "(503)", "nothing is to be done on this machine")
        found = self.doctor("--api-key", "no-key-of-this-project")
        self.expect(found.upgrade, "failed", "", "api.key")

    # --- the channel

    def test_join(self):
        self.hub.admin("device", uuid=DEVICE, owner="ada", row={"name": "mine"})
        code, _, err = self.ask("--pair", "--token-stdin", "--device", DEVICE, text=self.token(user="ada"))
        self.assertEqual(code, 0, err)
        self.assertEqual(self.doctor().join["outcome"], "ok")
        self.hub.admin("device", uuid=DEVICE, owner="somebody else")
        found = self.doctor()
        self.expect(found.join, "failed", "", "owner")
        self.expect(found.write, "skipped")

    def test_a_database_that_is_away(self):
        self.pair()
        self.hub.admin("database", up=False)
        # What may pass is waited for, for 75 s.
        found = self.read(self.start("--doctor", "--json", *NO_BROWSER), limit=90)
        self.expect(found.join, "failed", "", "nothing is to be done on this machine: the backend or its database is away")
        self.expect(found.write, "skipped")
        self.hub.admin("database", up=True)
        self.expect(self.doctor().join, "ok")

    def test_write(self):
        found = self.doctor(*self.token_file(device=DEVICE, claims={"access": "read"}))
        self.expect(found.join, "ok")
        self.expect(found.write, "failed", "may read this channel and not write", "right to insert")
        self.expect(found.limits, "skipped")

    def test_limit_of_size(self):
        self.pair()
        self.hub.admin("limits", payload_kb=300)
        self.expect(self.doctor().limits, "warning", "realtime.payload_limit = 3000000", "set realtime.payload_limit = ")

    def test_limit_of_rate(self):
        self.pair()
        self.daemon()
        self.wait_for(0)
        self.hub.admin("limits", events_per_second=1)
        topic = f"device:{DEVICE}"

        def closed():
            self.hub.admin("broadcast", topic=topic, event="noise", payload={}, private=True)
            facts = json.loads(self.ask("--status", "--json")[1])
            return facts["link"]["rate_closures"]

        self.until("the channel is closed for its rate", closed)
        self.hub.admin("limits", events_per_second=0)
        self.expect(self.doctor().limits, "warning", "events a second", "realtime.budget_max")

    def test_twin(self):
        self.pair()
        self.daemon()
        self.wait_for(0)
        self.pair("--profile", "second")
        # Nothing runs here, another machine has the device.
        found = self.doctor("--profile", "second")
        self.expect(found.twin, "failed", "another agent", "a separate device")
        # This one runs, and gave way.
        self.daemon("--profile", "second")
        self.until("the younger one falls silent", lambda: json.loads(
            self.ask("--status", "--json", "--profile", "second")[1] or "{}").get("link", {}).get("silenced"))
        self.expect(self.doctor("--profile", "second").twin, "failed", "another agent", "a separate device")
        self.expect(self.doctor().twin, "warning", "gives way to this one", "pair the other machine")

    # --- the browser

    def test_browser_that_is_not_there(self):
        found = self.doctor("--browser-path", "/nowhere/chrome")
        self.expect(found.browser, "failed", "at /nowhere/chrome", "apt-get install chromium")
        self.expect(found.browser_start, "skipped")

    def test_browser_that_does_not_start(self):
        for words, what, remedy in (
                ("echo 'FATAL: out of luck' >&2; exit 3", "exit status 3", "run it by hand"),
                ("exit 21", "exit status 21", "end the other browser"),
                ("echo 'FATAL: No usable sandbox!' >&2; exit 1", "no usable sandbox", "user")):
            script = self.script("chrome", words + "\n")
            found = self.doctor("--browser-path", str(script))
            self.expect(found.browser, "ok", str(script))
            self.expect(found.browser_start, "failed", what, remedy)
            self.expect(found.browser_answer, "skipped")

    def test_browser_that_cannot_be_run(self):
        script = self.script("chrome", "exit 0\n")
        script.chmod(0o644)
        self.expect(self.doctor("--browser-path", str(script)).browser, "failed", "cannot run it", "chmod a+x")
        script.chmod(0o755)
        script.write_bytes(b"\x7fELF of no machine")
        self.expect(self.doctor("--browser-path", str(script)).browser_start, "failed", "could not be started", "ls -l")

    def test_browser_whose_profile_is_locked(self):
        folder = self.home / "profile"
        folder.mkdir(mode=0o700)
        (folder / "SingletonLock").symlink_to(f"{socket.gethostname()}-{os.getpid()}")
        script = self.script("chrome", "exit 3\n")
        found = self.doctor("--browser-path", str(script), "--browser-profile-folder", str(folder))
        self.expect(found.browser_start, "failed", f"in use by another browser (pid {os.getpid()})", "end the other browser")

    def test_browser_that_does_not_answer(self):
        script = self.script("chrome", "exec sleep 1000\n")
        found = self.doctor("--browser-path", str(script), "--browser-start-limit", "1s")
        self.expect(found.browser_start, "ok")
        self.expect(found.browser_answer, "failed", "did not answer", "browser.start_limit")

    def test_browser_that_looks_for_the_credential(self):
        """In the browser's place: the agent's own folders, also by way of the agent's process."""
        secrets = [self.home / ".local/state/bmc-agent/credential.json", self.home / ".config/bmc-agent/agent.toml"]
        for secret in secrets:
            secret.parent.mkdir(parents=True, exist_ok=True)
            secret.parent.chmod(0o700)
            secret.write_text("# the-secret\n")
            secret.chmod(0o600)
        told = self.home / "told"
        ways = [f"{root}{secret}" for secret in secrets for root in ("", "/proc/$PPID/root")]
        script = self.script("chrome", f"exec >{told} 2>&1; cat {' '.join(ways)} /proc/$PPID/environ; ls /proc/$PPID/fd\n")
        found = self.doctor("--browser-path", str(script), "--browser-arguments=--x")
        self.expect(found.browser_start, "failed")
        self.assertNotEqual(told.read_text(), "")
        fenced = self.doctor("--browser-path", CHROMIUM).fence
        if fenced["outcome"] == "ok":
            self.assertNotIn("the-secret", told.read_text())
            self.assertNotIn("BMC_AGENT_API", told.read_text())
        else:
            self.expect(fenced, "warning", "Chrome itself does not know the policy", "user namespaces")

    def test_browser_without_a_fence(self):
        found = self.doctor("--browser-path", CHROMIUM, "--browser-arguments=--disable-namespace-sandbox",
                            "--browser-arguments=--no-sandbox")
        self.expect(found.fence, "warning", "bmc-agent --generate chrome-policy", "as an administrator")

    def test_browser_that_is_a_snap(self):
        script = self.script("chrome", "exec /snap/bin/chromium \"$@\"\n")
        self.expect(self.doctor("--browser-path", str(script)).snap, "warning", "is a snap", "as a package")

    def test_browser_without_its_sandbox(self):
        found = self.doctor("--browser-path", CHROMIUM, "--browser-arguments=--no-sandbox")
        self.expect(found.browser_answer, "ok", "Chrome/")
        self.expect(found.sandbox, "failed", "without it", "take --no-sandbox out")

    def test_browser_at_an_address(self):
        found = self.doctor("--browser-url", "http://127.0.0.1:9")
        self.expect(found.browser_start, "failed", "127.0.0.1:9", "start the browser with --remote-debugging-port")
        self.expect(found.sandbox, "skipped")
        other = self.server(middlemen.portal(200))
        found = self.doctor("--browser-url", f"http://127.0.0.1:{other.port}")
        self.expect(found.browser_start, "failed", "no DevTools endpoint", "another program has that port")
        found = self.doctor("--browser-url", f"ws://127.0.0.1:{other.port}/devtools/browser/gone")
        self.expect(found.browser_start, "failed", str(other.port), "another program has that port")
        refusing = self.server(middlemen.portal(403))
        found = self.doctor("--browser-url", f"ws://127.0.0.1:{refusing.port}/devtools/browser/gone")
        self.expect(found.browser_start, "failed", "HTTP 403", "http://host:port")

    # --- the machine

    def test_user_namespaces(self):
        found = self.inside("echo 0 > /proc/sys/user/max_user_namespaces")
        self.expect(found.user_namespaces, "failed", "refused", "user.max_user_namespaces")

    def test_shared_memory(self):
        found = self.inside("mount -t tmpfs -o size=16m none /dev/shm")
        self.expect(found.shared_memory, "failed", "16 MiB", "--shm-size=1g")
        found = self.inside("mount -t tmpfs -o size=128m none /dev/shm")
        self.expect(found.shared_memory, "ok", "128 MiB")

    def test_disk(self):
        self.stored().parent.mkdir(parents=True, mode=0o700)
        found = self.inside(f"mount -t tmpfs -o size=20m none {self.stored().parent.parent}")
        self.expect(found.disk, "failed", "MiB free in " + str(self.stored().parent.parent), "make room")

    def test_full_disk_is_named_by_the_command_that_meets_it(self):
        folder = self.stored().parent
        folder.mkdir(parents=True, mode=0o700)
        setup = (f"mount -t tmpfs -o size=64k,mode=700 none {folder} && "
                 f"{{ dd if=/dev/zero of={folder}/full 2>/dev/null; true; }}")
        code, _, err = self.program(["unshare", "-Urm", "sh", "-c", setup + ' && exec "$@"', "sh", harness.BUILD / "agent",
                                     "--user", "--pair", "--token-stdin"], self.environment()).finish(self.token(device=DEVICE))
        self.assertEqual(code, 1, err)
        self.assertIn(f"{folder} cannot be written (No space left on device): make room there (df -h {folder}", err)

    # --- the service

    def test_service(self):
        self.expect(self.doctor().service, "warning", "no agent runs", "systemctl start bmc-agent")
        self.daemon()
        self.wait_for(5)
        self.expect(self.doctor().service, "warning", "at its gate", "agent --pair")
        self.pair()
        self.wait_for(0)
        self.ask("--pause")
        self.expect(self.doctor().service, "warning", "paused", "agent --resume")
        self.ask("--resume")
        self.hub.admin("limits", suspended=True)
        self.wait_for(4)
        self.expect(self.doctor().service, "failed", "runs, ", "agent --status")

    # --- the support bundle

    def test_the_bundle_tells_much_and_no_secret(self):
        secrets = {"the API key": self.hub.key, "a proxy's password": "hunter2-proxy", "a hook's token": "hunter2-hook",
                   "a variable of the browser": "hunter2-browser"}
        self.configure('[net]\nno_proxy = "127.0.0.1"\nproxy = "http://me:hunter2-proxy@proxy.example:3128"\n'
                       '[hooks]\nvpn_on = ["/bin/true", "--api-token=hunter2-hook"]\n'
                       '[browser]\nenvironment = ["MY_SECRET=hunter2-browser"]\n')
        login = self.login()
        code, _, err = login.finish(harness.Browser().allow(login.hear(self.AUTHORIZE)[0]) + "\n")
        self.assertEqual(code, 0, err)
        kept = json.loads(self.stored().read_text())
        secrets.update({"the access token": kept["access_token"], "the refresh token": kept["refresh"]["token"],
                        "its signature": kept["access_token"].split(".")[2], "the account": kept["account"]})
        self.daemon("--log-level", "debug")
        self.wait_for(0)
        file = self.home / "bundle"
        code, out, err = self.ask("--support-bundle", str(file), *NO_BROWSER)
        self.assertEqual(code, 0, err)
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        text = file.read_text()
        for name, secret in secrets.items():
            self.assertNotIn(secret, text, name)
        for told in ("=== version\nagent ", "=== doctor\nfailed ", "=== status\n", '"state": "joined"', "=== metrics\n# TYPE",
                     "=== configuration\n", "vpn_on = [\"/bin/true\", \"--api-token=(not shown)\"]", "agent.toml:2",
                     "=== log\n", "-> joined", kept["device"]["uuid"]):
            self.assertIn(told, text)

    def test_a_bundle_waits_at_no_pipe(self):
        os.mkfifo(self.home / "bundle")
        code, _, err = self.ask("--support-bundle", str(self.home / "bundle"), *NO_BROWSER)
        self.assertEqual(code, 1, err)

    def test_a_bundle_follows_no_link(self):
        victim = self.home / "victim"
        victim.write_text("mine")
        os.symlink(victim, self.home / "bundle")
        code, _, err = self.ask("--support-bundle", str(self.home / "bundle"), *NO_BROWSER)
        self.assertEqual(code, 1, err)
        self.assertEqual(victim.read_text(), "mine")

    def test_a_bundle_of_a_machine_where_nothing_runs(self):
        self.configure("[log]\nlevle = 1\n")
        code, _, err = self.ask("--support-bundle", str(self.home / "bundle"), *NO_BROWSER)
        self.assertEqual(code, 0, err)
        text = (self.home / "bundle").read_text()
        self.assertIn("did you mean log.level?", text)
        self.assertIn("=== status\n(no agent runs for this profile)", text)


if __name__ == "__main__":
    unittest.main()
