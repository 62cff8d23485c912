"""Who may join which channel, and write there: each topic and caller, as Realtime asks."""

from fleet import CALLERS, DEVICE, FOREIGN, OWNER, REMOVED, Fleet, device_token, person

NO, READ, WRITE, BOTH = (False, False), (True, False), (False, True), (True, True)

# Topic, extension: (may read, may write) for each caller.
#                                          anon owner other dev  dev2  odd  gone junk
MATRIX = {
    (f"device:{DEVICE}", "broadcast"):     [NO, BOTH, NO,   BOTH, NO,   NO,   NO, NO],
    (f"device:{DEVICE}", "presence"):      [NO, BOTH, NO,   BOTH, NO,   NO,   NO, NO],
    (f"device:{DEVICE}", "persistence"):   [NO, NO,   NO,   NO,   NO,   NO,   NO, NO],
    (f"device:{FOREIGN}", "broadcast"):    [NO, NO,   BOTH, NO,   BOTH, BOTH, NO, NO],
    (f"device:{REMOVED}", "broadcast"):    [NO, NO,   NO,   NO,   NO,   NO,   NO, NO],
    (f"devices:{OWNER}", "broadcast"):     [NO, READ, NO,   NO,   NO,   NO,   NO, NO],
    (f"devices:{OWNER}", "presence"):      [NO, NO,   NO,   NO,   NO,   NO,   NO, NO],
    (f"settings_device:{OWNER}", "broadcast"): [NO, READ, NO, NO, NO,   NO,   NO, NO],
    # An agent joins these three (a join that is refused stops its socket for 5 s) and stands in the second.
    ("settings:global", "broadcast"):      [NO, READ, READ, READ, READ, READ, NO, NO],
    ("settings:global", "presence"):       [NO, NO,   NO,   NO,   NO,   NO,   NO, NO],
    ("devices:all", "broadcast"):          [NO, READ, READ, READ, READ, READ, NO, NO],
    ("devices:all", "presence"):           [NO, WRITE, WRITE, WRITE, WRITE, WRITE, NO, NO],
    ("settings_device:all", "broadcast"):  [NO, READ, READ, READ, READ, READ, NO, NO],
    ("settings_device:all", "presence"):   [NO, NO,   NO,   NO,   NO,   NO,   NO, NO],
}

# Nobody joins what only looks like a topic of the fleet.
ALIKE = [
    "", " ", "lobby", "device:", "device:x", f"device:{DEVICE}x", f"device:{DEVICE} ", f"device:{DEVICE}\n", f" device:{DEVICE}",
    f"xdevice:{DEVICE}", f"device:{DEVICE.upper()}", f"Device:{DEVICE}", f"DEVICE:{DEVICE}", f"device:{DEVICE}:{FOREIGN}",
    f"device:{{{DEVICE}}}", f"device:{DEVICE.replace('-', '')}", f"device::{DEVICE}", f"x\ndevice:{DEVICE}", "device:%",
    f"realtime:device:{DEVICE}", f"devices:{DEVICE}", f"devices:{OWNER.upper()}", f"devices:{OWNER}x", f"devices:{OWNER}\n",
    f"settings_device:{DEVICE}", f"settings_device:{OWNER}x", "devices:ALL", "devices:all ", "devices:all\n", "devices:",
    "settings:", "settings:GLOBAL", "settings:global\n", "settings_device:ALL", "ws:1", "service_groups:all", "proxy-control",
]


class Channels(Fleet):
    def test_who_may_join_and_write(self):
        questions = [(claims, *where) for where in MATRIX for claims in CALLERS.values()]
        answers = iter(self.probe_all(questions))
        for where, wanted in MATRIX.items():
            self.assertEqual(len(wanted), len(CALLERS), where)
            for caller, want in zip(CALLERS, wanted):
                with self.subTest(caller=caller, topic=where):
                    self.assertEqual(next(answers), want)

    def test_topics_that_only_look_alike(self):
        questions = [(claims, topic, extension) for topic in ALIKE for extension in ("broadcast", "presence")
                     for claims in (person(OWNER), device_token(DEVICE))]
        for (claims, topic, extension), may in zip(questions, self.probe_all(questions)):
            with self.subTest(topic=topic, extension=extension):
                self.assertEqual(may, NO)

    def test_a_message_is_read_and_written_in_its_own_topic_alone(self):
        """Should `realtime` ever be reachable by REST: no topic is set there, or another than the row's."""
        self.sql(f"insert into realtime.messages (topic, extension) values ('device:{FOREIGN}', 'broadcast'),"
                 " ('devices:all', 'presence'), ('settings:global', 'broadcast')")
        read = "select count(*) from realtime.messages"
        write = f"insert into realtime.messages (topic, extension) values ('device:{FOREIGN}', 'broadcast')"
        mine = f"select set_config('realtime.topic', 'device:{DEVICE}', true); "
        for claims in (person(OWNER), device_token(DEVICE)):
            self.assertEqual(self.rest(claims, read), ("00000", "0"))
            self.assertEqual(self.rest(claims, mine + read)[1].split(), [f"device:{DEVICE}", "0"])
            self.assertEqual(self.rest(claims, write)[0], "42501")
            self.assertEqual(self.rest(claims, mine + write)[0], "42501")
            self.rest_stays(claims, f"select realtime.send('{{}}', 'unpair', 'device:{FOREIGN}', true)")
            self.assertEqual(self.sql("select count(*) from realtime.messages where event = 'unpair'"), "0")
