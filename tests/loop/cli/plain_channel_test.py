#!/usr/bin/env python3
"""What is on the channel of a machine whose owner lists no keys, byte for byte. The text to compare with was recorded
with the agent as it was before there were sealed clients. Names, times and what is of Chrome's release
stand as words in it.

    plain_channel_test.py BUILD_DIR [unittest arguments]
    PLAIN_CHANNEL_SHOW=1 plain_channel_test.py BUILD_DIR     # prints what is on the channel
"""

import json
import os
import re
import unittest
from pathlib import Path

import harness
from harness import DEVICE

OWNER = "ada"
TOPIC = f"device:{DEVICE}"
RECORDED = Path(__file__).with_name("plain_channel.txt")
OF_CHROME = r'"(product|userAgent|revision|jsVersion|protocolVersion)":"[^"]*"'
MASKS = ((re.compile(OF_CHROME), r'"\1":"CHROME"'), (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UUID"),
         (re.compile(r"\bc-[0-9a-f]{16}-"), "c-HEX-"), (re.compile(r"\b[0-9a-f]{32}\b"), "HEX"),
         (re.compile(r'"version":"[^"]*"'), '"version":"VERSION"'), (re.compile(r'"instance":"[^"]*"'), '"instance":"INSTANCE"'))


class PlainChannelTest(harness.AgentTest):
    def seen(self):
        listed = self.hub.admin("middle", list={})["list"]
        return [(one["event"], one["payload"]) for one in listed if one["topic"].endswith(TOPIC)]

    def answered(self, event, holds):
        return self.until(f"{event} with {holds}", lambda: next(
            (json.loads(text) for name, text in self.seen() if name == event and holds in text), None))

    def command(self, number, method, **more):
        text = json.dumps({"id": number, "method": method, **more}, separators=(",", ":"))
        self.hub.admin("broadcast", topic=TOPIC, event="cdp-command", raw=text)
        return number

    def converse(self):
        """A member's commands, one after the other, a client's, and those of agent --call."""
        for number, method, more in (("one", "Runtime.evaluate", {"params": {"expression": "1+1"}}), (2, "Browser.getVersion", {}),
                                     ("three", "Browser.crash", {}), ("four", "No.such", {}), (5, "nonsense", {}),
                                     ("six", "Page.navigate", {"params": {"url": "file:///etc/passwd"}}),
                                     ("seven", "Agent.getInfo", {}), ("eight", "Agent.fileRead", {"params": {"client": "x"}})):
            self.command(number, method, **more)
            self.answered("cdp-result", f'"id":{json.dumps(number)},')
        self.command("open", "Agent.open", params={"label": "plain", "leaseMs": 60000})
        client = self.answered("cdp-result", '"id":"open",')["result"]["client"]
        for seq, messages in enumerate(([{"id": 1, "method": "Browser.getVersion"}], [{"id": 2, "method": "Runtime.evaluate"}],
                                        [{"id": 3, "method": "Browser.crash"}, {"id": 4, "method": "Agent.call"}]), 1):
            self.command(f"post-{seq}", "Agent.post", params={"client": client, "seq": seq, "ack": seq - 1, "messages": messages})
            self.answered("cdp-event", f'"seq":{seq},')
        self.command("close", "Agent.close", params={"client": client})
        self.answered("cdp-event", '"ended"')
        self.answered("cdp-result", '"id":"close",')
        token = self.home / "token"
        token.write_text(self.token(user=OWNER))
        token.chmod(0o600)
        code, out, err = self.ask("--call", "lab", "Runtime.evaluate", '{"expression":"6*7"}', "--token-file", token,
                                  HOME=self.home / "near")
        self.assertEqual(code, 0, err)

    def on_the_channel(self):
        lines = []
        for event, text in self.seen():
            # An acknowledgement goes by itself where an answer takes a second.
            if event == "cdp-event" and '"seq"' not in text and '"ended"' not in text:
                continue
            text = text.replace(str(self.home), "HOME").replace('"drivers":[],', "")  # it came since, for other ends
            for mask, word in MASKS:
                text = mask.sub(word, text)
            if f"{event} {text}" not in lines:  # what is not acknowledged within two seconds goes again
                lines.append(f"{event} {text}")
        return "".join(line + "\n" for line in lines)

    def test_it_is_what_it_was(self):
        self.hub.admin("device", uuid=DEVICE, owner=OWNER, row={"name": "lab"})
        self.pair()
        self.start("--realtime-optional-spread", "100ms")
        self.until("there is a browser", lambda: self.ask("--status")[0] == 0)
        self.hub.admin("middle", watch=True)
        self.converse()
        if os.environ.get("PLAIN_CHANNEL_SHOW"):
            return print(self.on_the_channel(), end="")
        self.maxDiff = None
        self.assertEqual(self.on_the_channel(), RECORDED.read_text())


if __name__ == "__main__":
    unittest.main()
