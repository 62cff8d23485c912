#!/usr/bin/env python3
"""The shipped examples, run by a real agent: the desktop notification, on a session bus of its own. (The one that starts
WireGuard needs a service manager: tests/systemd.)

    examples_test.py BUILD_DIR [unittest arguments]
"""

import json
import shutil
import unittest
from pathlib import Path

import harness
from harness import DEVICE

EXAMPLES = Path(__file__).resolve().parents[3] / "packaging/examples"


class ExamplesTest(harness.AgentTest):
    def test_a_message_becomes_a_notification_and_nothing_else(self):
        bus = self.program(["dbus-daemon", "--session", "--nofork", "--print-address=1",
                            f"--address=unix:path={self.home}/bus"])
        bus.hear("unix:path=", "out")
        address = f"unix:path={self.home}/bus"
        monitor = self.program(["dbus-monitor", "--address", address, "interface='org.freedesktop.Notifications'"])
        # Whoever watches is told so first: from then on nothing is missed.
        monitor.hear("NameAcquired|NameLost", "out")
        # As installed: the checkout may be somebody else's, and the agent runs nothing of theirs.
        hook = shutil.copy(EXAMPLES / "desktop-notification", self.home)
        self.configure(f'[hooks]\nlive_activity_message = ["{hook}", "{address}"]\n')
        self.pair()
        self.daemon()
        self.wait_for(0)
        message = "--help <b>$(touch shell)</b> 'three' \u001b[2J left"
        self.hub.admin("broadcast", topic=f"device:{DEVICE}", event="live-activity-message", private=True,
                       payload={"message": message})
        monitor.hear("member=Notify", "out")
        monitor.hear('string "Busymate agent"', "out")
        shown = monitor.hear('string "(--help.*)"\n', "out")[1]
        self.assertEqual(shown, "--help &lt;b&gt;$(touch shell)&lt;/b&gt; &#x27;three&#x27; [2J left")

    def test_what_is_empty_or_odd_is_not_shown(self):
        for told in ({"event": "live-activity-message", "payload": {"message": ""}},
                     {"event": "live-activity-message", "payload": None},
                     {"event": "live-activity-message", "payload": {"message": ["x"]}},
                     {"event": "vpn-on", "payload": {}}):
            code, _, err = self.program([EXAMPLES / "desktop-notification", "unix:path=/nowhere"]).finish(json.dumps(told))
            self.assertEqual((code, err), (0, ""), told)


if __name__ == "__main__":
    unittest.main()
