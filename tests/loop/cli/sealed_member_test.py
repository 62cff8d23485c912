#!/usr/bin/env python3
"""A member of the channel who records what passes and sends it again: as it was, for another client, and to another
device. Over the hub, through real agents with real Chromiums.

    sealed_member_test.py BUILD_DIR [unittest arguments]
"""

import concurrent.futures
import json
import unittest

import harness
from harness import DEVICE, OTHER_DEVICE
from sealed_machines import OWNER, SealedMachines

ONE_MORE = "window.count = (window.count || 0) + 1"
TOGETHER = 4  # commands of a client at once
# A controller's arguments, and what a broadcast has that carries records: as bytes, or in base64.
FORMS = (((), {"raw": True}), (("--realtime-vsn", "1.0.0"), {"raw": False, "holds": '"seq":'}))


class Recorded:
    """A command that passed: its text, and the bytes beside it (base64; None: it was not raw)."""

    def __init__(self, text, data=None):
        self.text, self.data = text, data
        self.command = json.loads(text)
        self.method, self.params = self.command["method"], self.command.get("params", {})

    def has_records(self):
        return self.method == "Agent.post" and (self.data is not None or "data" in self.params)

    def of(self, **params):
        """The same with other params."""
        return Recorded(json.dumps({**self.command, "params": {**self.params, **params}}), self.data)


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
        listed = [one for one in self.passing(device) if one["event"] == "cdp-command"]
        return [Recorded(one["payload"], one.get("bytes")) for one in listed]

    def posts(self, device=DEVICE):
        return [one for one in self.commands(device) if one.has_records()]

    def record(self, *arguments):
        """All commands of a call that counts one up."""
        self.hub.admin("middle", watch=True, forget=True)
        self.value(ONE_MORE, *arguments)
        return self.commands()

    def send(self, recorded, device=DEVICE):
        beside = {} if recorded.data is None else {"bytes": recorded.data}
        self.hub.admin("broadcast", topic=f"device:{device}", event="cdp-command", raw=recorded.text, **beside)

    def answer_to(self, number, device=DEVICE):
        results = (json.loads(one["payload"]) for one in self.passing(device) if one["event"] == "cdp-result")
        return next((one for one in results if one["id"] == number), None)

    def settle(self, device=DEVICE):
        """Until the agent has looked at all that was sent to it. Refusals go out at a pace of their own, maybe after this."""
        self.barriers += 1
        number = f"barrier-{self.barriers}"
        self.send(Recorded(json.dumps({"id": number, "method": "Agent.getInfo"})), device)
        self.until("the agent has looked at it", lambda: self.answer_to(number, device))

    def end_of(self, client, device=DEVICE):
        return self.until("the client ends", lambda: self.ended(client, device))

    def ended(self, client, device=DEVICE):
        told = self.events(device)
        return next((one["ended"]["reason"] for one in told if one["client"] == client and "ended" in one), None)

    def events(self, device=DEVICE):
        return [json.loads(one["payload"]) for one in self.passing(device) if one["event"] == "cdp-event"]

    def swapped(self):
        return self.hub.admin("middle")["swapped"]

    def drive_together(self, bridge):
        """Several commands at once, each inside of the same client."""
        with concurrent.futures.ThreadPoolExecutor(TOGETHER) as pool:
            for one in [pool.submit(self.drive, bridge) for _ in range(TOGETHER)]:
                one.result()

    # --- what comes of it

    def test_a_recorded_handshake_opens_nothing(self):
        self.far_agent()
        recorded = self.record("--accept-new")
        opened = [one for one in recorded if one.method == "Agent.open"]
        post = self.posts()[-1]
        self.hub.admin("middle", forget=True)
        for one in recorded:
            self.send(one)
        self.settle()
        self.assertEqual(self.end_of(post.params["client"]), "no_client")
        # The agent greets whoever says hello. The recorded post, under the name of the client that it has made now,
        # proves nothing.
        made = self.until("it is greeted", lambda: self.answer_to(opened[-1].command["id"]))["result"]["client"]
        self.assertNotEqual(made, post.params["client"])
        self.send(post.of(client=made))
        self.assertEqual(self.end_of(made), "handshake")
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
        name, seq = own[-1].params["client"], own[-1].params["seq"]
        self.send(own[-1])  # its own post again
        self.send(older.of(client=name, seq=seq))
        self.settle()
        self.assertIsNone(self.ended(name))  # numbers that were used are ignored
        self.drive(bridge)
        self.assertEqual(self.posts()[-1].params["client"], name)
        following = self.posts()[-1].params["seq"] + 1
        self.send(older.of(client=name, seq=following))
        self.assertEqual(self.end_of(name), "bad_record")
        self.assertEqual(self.ended_for("bad_record"), 1)
        self.drive(bridge)  # by another client
        self.assertNotEqual(self.posts()[-1].params["client"], name)
        self.assertEqual(self.value("window.count"), 1)

    def test_what_is_of_one_client_is_not_of_another_one(self):
        self.far_agent()
        self.record("--accept-new")
        first, second = self.bridge("lab"), self.bridge("lab")
        self.hub.admin("middle", forget=True)
        self.drive(first)
        of_first = self.posts()[-1]
        self.drive(second)
        a, b = of_first.params, self.posts()[-1].params
        self.assertNotEqual(a["client"], b["client"])
        # The second one's next number, with what the first one has sealed.
        self.send(of_first.of(client=b["client"], seq=b["seq"] + 1))
        self.assertEqual(self.end_of(b["client"]), "bad_record")
        self.drive(first)
        self.assertEqual(self.posts()[-1].params["client"], a["client"])  # it goes on

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
        opened = next(one for one in recorded if one.method == "Agent.open")
        answer = self.until("it is answered", lambda: self.answer_to(opened.command["id"], OTHER_DEVICE))
        self.assertFalse(answer["ok"], answer)
        self.assertEqual(self.end_of(post.params["client"], OTHER_DEVICE), "no_client")
        code, out, err = self.controller("--call", "shop", "Browser.getVersion", "--accept-new").finish()
        self.assertEqual(code, 0, err)
        bridge = self.bridge("shop")
        self.drive(bridge)
        living = self.posts(OTHER_DEVICE)[-1].params
        self.send(post.of(client=living["client"], seq=living["seq"] + 1), OTHER_DEVICE)
        self.assertEqual(self.end_of(living["client"], OTHER_DEVICE), "bad_record")

    def test_a_changed_answer_or_question_is_given_up_and_nothing_is_said_in_plain(self):
        self.far_agent()
        self.record("--accept-new")
        carried_out = 1
        for arguments, records in FORMS:
            self.hub.admin("middle", watch=True, forget=True)
            for event, which in (("cdp-result", {"holds": '"client"'}), ("cdp-command", {"holds": '"tls"'}),
                                 ("cdp-command", records), ("cdp-event", records)):
                self.hub.admin("middle", rules=[{"do": "change", "event": event, **which}])
                code, out, err = self.call("Runtime.evaluate", json.dumps({"expression": ONE_MORE}), *arguments)
                self.assertEqual(self.hub.admin("middle")["done"], [1], (event, which))
                self.assertNotEqual(code, 0, (event, which))
                self.assertEqual(out, "")
            self.hub.admin("middle", rules=[])
            self.assertEqual(self.hub.admin("middle", find="window.count")["found"], 0)
            # The last one was carried out, and its answer was changed.
            carried_out += 2
            self.assertEqual(self.value("window.count = window.count + 1"), carried_out)
        # Of the changed posts each has ended its client.
        self.assertEqual(self.ended_for("handshake") + self.ended_for("bad_record"), 2)

    def test_each_change_of_a_raw_broadcast_ends_the_client_or_is_ignored_and_counted(self):
        self.far_agent()
        self.record("--accept-new")
        bridge = self.bridge("lab")
        self.drive(bridge)
        post = self.posts()[-1]
        self.assertIsNotNone(post.data)
        name, following = post.params["client"], post.params["seq"] + 1
        ignored = lambda: json.loads(self.ask("--status", "--json")[1])["clients"].get("sealed_ignored", 0)  # noqa: E731
        before = ignored()
        whole = post.of(seq=following)
        # What can be told apart from the client's own is ignored.
        for count, changed in enumerate((whole.of(data="AAAA"), whole.of(part=1, parts=2), whole.of(ack=10**6),
                                         whole.of(seq=-1)), 1):
            self.send(changed)
            self.settle()
            self.assertEqual((ignored(), self.ended(name)), (before + count, None), changed.text)
        self.drive(bridge)
        self.assertEqual(self.posts()[-1].params["client"], name)
        # What cannot ends it.
        for event in ("cdp-command", "cdp-event"):
            self.hub.admin("middle", rules=[{"do": "change", "event": event, "raw": True}])
            with self.assertRaises((OSError, AssertionError)):
                self.drive(bridge)
            self.assertEqual(self.hub.admin("middle")["done"], [1])
            if event == "cdp-command":
                self.assertEqual(self.end_of(name), "bad_record")
            self.drive(bridge)  # by another client
            self.assertNotEqual(self.posts()[-1].params["client"], name)
            name = self.posts()[-1].params["client"]
        self.assertEqual(self.ended_for("bad_record"), 1)

    def test_posts_and_events_that_come_in_another_order_are_put_right(self):
        self.far_agent()
        for arguments, records in FORMS:
            self.record("--accept-new", *arguments)
            bridge = self.bridge("lab", *arguments)
            self.drive(bridge)
            name = self.posts()[-1].params["client"]

            for event in ("cdp-command", "cdp-event"):
                before = self.swapped()
                # Whether two of them are under way at once is a matter of time.
                for _ in range(20):
                    self.hub.admin("middle", rules=[{"do": "swap", "event": event, "times": 2, **records}])
                    self.drive_together(bridge)
                    if self.swapped() > before:
                        break
                self.assertGreater(self.swapped(), before, f"no two of {event} were under way at once")
                self.hub.admin("middle", rules=[])
            self.drive(bridge)
            self.assertEqual(self.posts()[-1].params["client"], name, "the same client goes on")
            self.assertIsNone(self.ended(name))
        self.assertEqual(self.ended_for("bad_record"), 0)


if __name__ == "__main__":
    unittest.main()
