#!/usr/bin/env python3
"""A member of the channel who records what passes and sends it again: as it was, for another client, and to another
device. Over the hub, through real agents with real Chromiums.

    sealed_member_test.py BUILD_DIR [unittest arguments]
"""

import json
import unittest

import harness
from harness import DEVICE, OTHER_DEVICE
from sealed_machines import OWNER, SealedMachines

ONE_MORE = "window.count = (window.count || 0) + 1"


class SealedMemberTest(SealedMachines):
    def setUp(self):
        super().setUp()
        self.other = self.home / "other"
        self.barriers = 0

    # --- the controller

    def value(self, expression, *arguments):
        code, out, err = self.call("Runtime.evaluate", json.dumps({"expression": expression}), *arguments)
        self.assertEqual(code, 0, err)
        return json.loads(out)["result"].get("value")

    # --- the member

    def passing(self, device=DEVICE):
        listed = self.hub.admin("middle", list={})["list"]
        return [one for one in listed if one["topic"].endswith(device)]

    def commands(self, device=DEVICE):
        return [one["payload"] for one in self.passing(device) if one["event"] == "cdp-command"]

    def posts(self, device=DEVICE):
        all_of_them = [json.loads(payload) for payload in self.commands(device)]
        return [one for one in all_of_them if one["method"] == "Agent.post" and "data" in one["params"]]

    def record(self, *arguments):
        """All commands of a call that counts one up."""
        self.hub.admin("middle", watch=True, forget=True)
        self.value(ONE_MORE, *arguments)
        return self.commands()

    def send(self, payload, device=DEVICE):
        text = payload if isinstance(payload, str) else json.dumps(payload)
        self.hub.admin("broadcast", topic=f"device:{device}", event="cdp-command", raw=text)

    def answer_to(self, number, device=DEVICE):
        results = (json.loads(one["payload"]) for one in self.passing(device) if one["event"] == "cdp-result")
        return next((one for one in results if one["id"] == number), None)

    def settle(self, device=DEVICE):
        """Until the agent has looked at all that was sent to it."""
        self.barriers += 1
        number = f"barrier-{self.barriers}"
        self.send({"id": number, "method": "Agent.getInfo"}, device)
        self.until("the agent has looked at it", lambda: self.answer_to(number, device))

    def ended(self, client, device=DEVICE):
        told = [json.loads(one["payload"]) for one in self.passing(device) if one["event"] == "cdp-event"]
        return next((one["ended"]["reason"] for one in told if one["client"] == client and "ended" in one), None)

    # --- what comes of it

    def test_a_recorded_handshake_opens_nothing(self):
        self.far_agent()
        recorded = self.record("--accept-new")
        opened = [json.loads(one) for one in recorded if json.loads(one)["method"] == "Agent.open"]
        post = self.posts()[-1]
        self.hub.admin("middle", forget=True)
        for one in recorded:
            self.send(one)
        self.settle()
        self.assertEqual(self.ended(post["params"]["client"]), "no_client")
        # The agent greets whoever says hello. The recorded post, under the name of the client that it has made now,
        # proves nothing.
        made = self.answer_to(opened[-1]["id"])["result"]["client"]
        self.assertNotEqual(made, post["params"]["client"])
        self.send({**post, "params": {**post["params"], "client": made}})
        self.assertEqual(self.until("the client ends", lambda: self.ended(made)), "handshake")
        self.assertEqual(self.ended_for("handshake"), 1)
        self.assertEqual(self.value("window.count"), 1)

    def test_posts_of_an_older_client_move_nothing_under_the_name_of_a_younger_one(self):
        self.far_agent()
        self.record("--accept-new")
        older = self.posts()[-1]
        bridge = self.bridge("lab")
        self.hub.admin("middle", forget=True)
        self.drive(bridge)
        own = self.posts()
        name, seq = own[-1]["params"]["client"], own[-1]["params"]["seq"]
        self.send(own[-1])  # its own post again
        self.send({**older, "params": {**older["params"], "client": name, "seq": seq}})
        self.settle()
        self.assertIsNone(self.ended(name))  # numbers that were used are ignored
        self.drive(bridge)
        self.assertEqual(self.posts()[-1]["params"]["client"], name)
        following = self.posts()[-1]["params"]["seq"] + 1
        self.send({**older, "params": {**older["params"], "client": name, "seq": following}})
        self.assertEqual(self.until("the client ends", lambda: self.ended(name)), "bad_record")
        self.assertEqual(self.ended_for("bad_record"), 1)
        self.drive(bridge)  # by another client
        self.assertNotEqual(self.posts()[-1]["params"]["client"], name)
        self.assertEqual(self.value("window.count"), 1)

    def test_what_is_of_one_client_is_not_of_another_one(self):
        self.far_agent()
        self.record("--accept-new")
        first, second = self.bridge("lab"), self.bridge("lab")
        self.hub.admin("middle", forget=True)
        self.drive(first)
        a = self.posts()[-1]["params"]
        self.drive(second)
        b = self.posts()[-1]["params"]
        self.assertNotEqual(a["client"], b["client"])
        # The second one's next number, with what the first one has sealed.
        self.send({"id": "x", "method": "Agent.post", "params": {**a, "client": b["client"], "seq": b["seq"] + 1}})
        self.assertEqual(self.until("the client ends", lambda: self.ended(b["client"])), "bad_record")
        self.drive(first)
        self.assertEqual(self.posts()[-1]["params"]["client"], a["client"])  # it goes on

    def test_what_is_of_one_device_is_not_of_another_one(self):
        self.far_agent()
        recorded = self.record("--accept-new")
        post = self.posts()[-1]
        self.hub.admin("device", uuid=OTHER_DEVICE, owner=OWNER, row={"name": "shop"})
        settings = self.other / ".config/bmc-agent/agent.toml"
        settings.parent.mkdir(parents=True)
        settings.write_text(f"[trust]\nrequire = \"all\"\ncontrollers = {json.dumps([self.key()])}\n")
        self.pair(device=OTHER_DEVICE, HOME=self.other)
        self.start("--realtime-optional-spread", "100ms", HOME=self.other)
        joined = lambda: self.ask("--status", HOME=self.other)[0] in harness.JOINED  # noqa: E731
        self.until("the other agent is joined", joined)
        self.hub.admin("middle", forget=True)
        for one in recorded:
            self.send(one, OTHER_DEVICE)
        self.settle(OTHER_DEVICE)
        opened = next(json.loads(one) for one in recorded if json.loads(one)["method"] == "Agent.open")
        answer = self.answer_to(opened["id"], OTHER_DEVICE)
        self.assertFalse(answer["ok"], answer)
        self.assertEqual(self.ended(post["params"]["client"], OTHER_DEVICE), "no_client")
        code, out, err = self.controller("--call", "shop", "Browser.getVersion", "--accept-new").finish()
        self.assertEqual(code, 0, err)
        bridge = self.bridge("shop")
        self.drive(bridge)
        living = self.posts(OTHER_DEVICE)[-1]["params"]
        self.send({**post, "params": {**post["params"], "client": living["client"], "seq": living["seq"] + 1}}, OTHER_DEVICE)
        self.assertEqual(self.until("the client ends", lambda: self.ended(living["client"], OTHER_DEVICE)), "bad_record")

    def test_a_changed_answer_or_question_is_given_up_and_nothing_is_said_in_plain(self):
        self.far_agent()
        self.record("--accept-new")
        self.hub.admin("middle", watch=True, forget=True)
        for event, holds in (("cdp-result", '"client"'), ("cdp-command", '"tls"'), ("cdp-command", "Agent.post"),
                             ("cdp-event", '"data"')):
            self.hub.admin("middle", rules=[{"do": "change", "event": event, "holds": holds}])
            code, out, err = self.call("Runtime.evaluate", json.dumps({"expression": ONE_MORE}))
            self.assertNotEqual(code, 0, (event, holds))
            self.assertEqual(out, "")
        self.hub.admin("middle", rules=[])
        self.assertEqual(self.hub.admin("middle", find="window.count")["found"], 0)
        # The last one was carried out, and its answer was changed.
        self.assertEqual(self.value("window.count"), 2)


if __name__ == "__main__":
    unittest.main()
