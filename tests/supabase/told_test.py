"""What the database says on the channels when rows change: to whom, and how much."""

import json

from fleet import DEVICE, FOREIGN, OTHER, OWNER, Fleet, person, upsert

DEVICE_TOPIC, OWNER_TOPIC, OTHER_TOPIC = f"device:{DEVICE}", f"devices:{OWNER}", f"devices:{OTHER}"
SHOWN = {"uuid", "name", "os", "created_at"}


class Told(Fleet):
    def changes(self):
        """[(topic, event, operation, table)] since the last call; nothing in them names an owner."""
        told = self.told()
        for topic, _, payload in told:
            self.assertNotIn(OWNER, json.dumps(payload))
            self.assertNotIn(OTHER, json.dumps(payload))
            for part in ("record", "old_record"):
                if payload.get("table") == "devices" and payload[part]:
                    self.assertLessEqual(set(payload[part]), SHOWN)
        return [(topic, event, payload.get("operation"), payload.get("table")) for topic, event, payload in told]

    def test_a_change_of_a_device_is_said_to_it_and_to_its_owner(self):
        self.rest_stays(person(OWNER), upsert(DEVICE, name="renamed"))
        told = self.told()
        self.assertEqual([(topic, event) for topic, event, _ in told], [(DEVICE_TOPIC, "UPDATE"), (OWNER_TOPIC, "UPDATE")])
        for _, _, payload in told:
            self.assertEqual((payload["operation"], payload["schema"], payload["table"]), ("UPDATE", "public", "devices"))
            self.assertEqual((payload["old_record"]["name"], payload["record"]["name"]), ("bench", "renamed"))
            self.assertEqual(set(payload["record"]), SHOWN)

    def test_a_row_that_stays_as_it_is_is_no_change(self):
        self.rest_stays(person(OWNER), upsert(DEVICE))
        self.told()
        self.rest_stays(person(OWNER), upsert(DEVICE))
        self.assertEqual(self.changes(), [])

    def test_a_new_device_and_a_removed_one(self):
        self.rest_stays(person(OTHER), f"delete from public.devices where uuid = '{FOREIGN}'")
        self.assertEqual(self.changes(), [(f"device:{FOREIGN}", "UPDATE", "DELETE", "devices"),
                                          (OTHER_TOPIC, "DELETE", "DELETE", "devices")])
        self.rest_stays(person(OWNER), upsert(FOREIGN))
        self.assertEqual(self.changes(), [(OWNER_TOPIC, "INSERT", "INSERT", "devices")])

    def test_withdrawn_tokens_are_said_to_the_device(self):
        self.rest_stays(person(OWNER), f"select public.withdraw_device_tokens('{DEVICE}')")
        self.assertIn((DEVICE_TOPIC, "UPDATE", "UPDATE", "devices"), self.changes())

    def test_who_gets_a_device_sees_nothing_of_who_had_it(self):
        stored = f"select realtime.send('{{\"secret\": 1}}', 'x', '{DEVICE_TOPIC}', true);"
        kept = "select realtime.send('{}', 'x', 'device:" + FOREIGN + "', true);"
        for move in (f"update public.devices set owner = '{OTHER}', name = 'moved' where uuid = '{DEVICE}'",
                     f"delete from public.devices where uuid = '{DEVICE}'"):
            self.sql(f"{stored} {kept} {move}")
            told = self.told()
            self.assertNotIn("secret", json.dumps(told))
            self.assertIn((f"device:{FOREIGN}", "x", {}), told)
            self.assertNotIn("bench", json.dumps(told))
        self.sql(f"insert into public.devices (uuid, owner, name) values ('{DEVICE}', '{OWNER}', 'again')")
        self.told()
        self.sql(f"update public.devices set owner = '{OTHER}' where uuid = '{DEVICE}'")
        self.assertEqual(self.changes(), [(DEVICE_TOPIC, "UPDATE", "UPDATE", "devices"),
                                          (OWNER_TOPIC, "DELETE", "DELETE", "devices"),
                                          (OTHER_TOPIC, "INSERT", "INSERT", "devices")])

    def test_settings_of_a_device_are_said_to_it_once_a_statement(self):
        topic = f"settings_device:{OWNER}"
        for sql, operation in (
                (f"insert into public.settings_device select '{DEVICE}', 'k' || n, '\"hunter2\"' from generate_series(1, 40) n", "INSERT"),
                (f"update public.settings_device set value = '\"hunter2\"' where device_uuid = '{DEVICE}'", "UPDATE"),
                (f"delete from public.settings_device where device_uuid = '{DEVICE}'", "DELETE")):
            with self.subTest(operation):
                self.rest_stays(person(OWNER), sql)
                told = self.told()
                self.assertEqual([(where, event) for where, event, _ in told], [(DEVICE_TOPIC, "UPDATE"), (topic, operation)])
                for _, _, payload in told:
                    self.assertEqual((payload["operation"], payload["table"]), (operation, "settings_device"))
                    self.assertEqual(payload["record"]["device_uuid"], DEVICE)
                    self.assertIn("k40", payload["record"]["keys"])
                self.assertNotIn("hunter2", json.dumps(told))

    def test_settings_that_go_with_their_device_are_not_told(self):
        self.sql(f"delete from public.devices where uuid = '{DEVICE}'")
        self.assertNotIn("settings_device", [table for _, _, _, table in self.changes()])

    def test_settings_of_all_are_said_to_all_and_say_nothing(self):
        for sql in ("insert into public.settings_global values ('new', '1')", "delete from public.settings_global"):
            self.sql(sql)
            self.assertEqual(self.told(), [("settings:global", "UPDATE", {})])

    def test_nothing_is_said_where_everybody_hears(self):
        self.sql(f"update public.devices set name = 'y', owner = '{OTHER}' where uuid = '{DEVICE}';"
                 f"update public.settings_device set value = '9'; delete from public.devices;"
                 f"insert into public.devices (uuid, owner, name) values ('{DEVICE}', '{OWNER}', 'x')")
        topics = {topic for topic, _, _, _ in self.changes()}
        self.assertEqual(topics & {"devices:all", "settings_device:all", "settings:global"}, set())
        self.assertGreaterEqual(topics, {DEVICE_TOPIC, OWNER_TOPIC, OTHER_TOPIC})
