"""A machine whose owner lists who may drive it, a controller, and the hub between them, who sees all that passes."""

import json
import urllib.request

import harness
from harness import DEVICE

OWNER = "ada"
MARKER = "what-nobody-else-reads"


class SealedMachines(harness.AgentTest):
    def setUp(self):
        super().setUp()
        self.hub.admin("device", uuid=DEVICE, owner=OWNER, row={"name": "lab"})
        self.near = self.home / "controller"
        self.near.mkdir(mode=0o700)
        self.state = self.near / ".local/state/bmc-agent/controller"
        self.token_file = self.near / "token"
        self.token_file.write_text(self.token(user=OWNER))
        self.token_file.chmod(0o600)

    # --- the two machines

    def key(self, *arguments):
        code, out, err = self.ask("--key", *arguments, HOME=self.near)
        self.assertEqual(code, 0, err)
        return out.rstrip("\n")

    def far_agent(self, require="all", controllers=None, *arguments):
        """Its fingerprint."""
        lines = [self.key()] if controllers is None else controllers
        self.configure(f"[trust]\nrequire = \"{require}\"\ncontrollers = {json.dumps(lines)}\n")
        return self.begin(*arguments)

    def begin(self, *arguments):
        """Pairs and starts the agent, as it is configured; its fingerprint."""
        self.pair()
        self.agent = self.start("--realtime-optional-spread", "100ms", *arguments)
        self.wait_for(0)
        return json.loads(self.ask("--status", "--json")[1])["device"]["fingerprint"]

    def controller(self, *arguments, home=None):
        return self.start(*arguments, "--token-file", str(self.token_file), HOME=home or self.near)

    def call(self, *arguments, home=None):
        return self.controller("--call", "lab", *arguments, home=home).finish()

    def evaluate(self, *arguments, home=None):
        return self.call("Runtime.evaluate", json.dumps({"expression": f"'{MARKER}'"}), *arguments, home=home)

    def known(self):
        file = self.state / "known_devices"
        return file.read_text() if file.exists() else ""

    def bridge(self, device, *arguments):
        """Its address, once it answers."""
        bridge = self.controller("--bridge", device, "--listen", "127.0.0.1:0", *arguments)
        address = bridge.hear(r"http://127\.0\.0\.1:\d+/\S+")[0]
        bridge.hear("answers")
        return address

    def drive(self, address):
        """Opens a page through a bridge, which does so inside of a client of its own."""
        asked = urllib.request.Request(address + "/json/new?about:blank", method="PUT")
        with urllib.request.urlopen(asked, timeout=harness.LIMIT) as answer:
            self.assertIn("id", json.loads(answer.read()))

    def ended_for(self, reason):
        """How many clients the agent has ended for that reason."""
        begin = f'bmc_agent_clients_ended_total{{reason="{reason}"}} '
        return int(next(line for line in self.ask("--metrics")[1].splitlines() if line.startswith(begin))[len(begin):])

    # --- what passes the hub

    def passed(self):
        """What has passed the hub since the last time: the events and payloads of broadcasts."""
        seen = self.hub.admin("middle", list={})["list"]
        self.hub.admin("middle", watch=True, forget=True)
        return [(one["event"], json.loads(one["payload"])) for one in seen if one["topic"].endswith(DEVICE)]

    def no_client(self):
        return json.loads(self.ask("--status", "--json")[1])["clients"]["count"] == 0
