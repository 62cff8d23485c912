#!/usr/bin/env python3
"""agent --hand-to: a hook that hands its event to a service, which is this script's socket.

    hand_to_test.py BUILD_DIR [unittest arguments]
"""

import socket
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "loop" / "cli"))
import harness  # noqa: E402

LONGEST_PATH = 107  # bytes of a unix socket's address


class HandToTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="bmc-hand-to-")
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "hook.sock"

    def listen(self, path=None):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(listener.close)
        listener.settimeout(harness.LIMIT)
        listener.bind(str(path or self.path))
        listener.listen()
        return listener

    def hand(self, path=None):
        program = harness.Program([harness.BUILD / "agent", "--hand-to", path or self.path], env={})
        self.addCleanup(program.end)
        return program

    def test_the_event_goes_over_whole_and_the_service_is_waited_for(self):
        event = b'{"event":"vpn-on","payload":"' + b"x" * 65536 + b'"}\n'
        listener = self.listen()
        hook = self.hand()
        service, _ = listener.accept()
        service.settimeout(harness.LIMIT)
        hook.say(event.decode())
        hook.process.stdin.close()
        got = b""
        while piece := service.recv(65536):
            got += piece
        self.assertEqual(got, event)
        self.assertTrue(hook.running())  # until the service has ended
        service.sendall(b"what it says\n")
        hook.hear("what it says", "out")
        self.assertTrue(hook.running())
        service.close()
        self.assertEqual(hook.finish()[0], 0)

    def test_a_service_that_does_not_listen_is_named_with_the_remedy(self):
        code, _, said = self.hand().finish("{}\n")
        self.assertEqual(code, 69)
        self.assertIn(f"{self.path}: No such file or directory; ", said)
        self.assertIn("systemctl enable --now bmc-hook.socket", said)
        listener = self.listen()
        listener.close()
        code, _, said = self.hand().finish("{}\n")
        self.assertEqual(code, 69)
        self.assertIn("Connection refused", said)

    def test_a_service_that_takes_nothing_is_an_error(self):
        listener = self.listen()
        hook = self.hand()
        service, _ = listener.accept()
        service.close()
        code, _, said = hook.finish("{}\n")
        self.assertEqual(code, 1)
        self.assertIn("did not take the event", said)

    def test_the_longest_path_and_one_byte_more(self):
        folder = str(self.path.parent) + "/"
        fits = folder + "s" * (LONGEST_PATH - len(folder))
        listener = self.listen(fits)
        hook = self.hand(fits)
        listener.accept()[0].close()
        self.assertIn(hook.finish()[0], (0, 1))
        code, _, said = self.hand(fits + "s").finish()
        self.assertEqual(code, 64)
        self.assertIn("too long", said)


if __name__ == "__main__":
    unittest.main()
