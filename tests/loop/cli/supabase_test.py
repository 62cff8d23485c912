#!/usr/bin/env python3
"""The agent's real binary with a Supabase of one's own: REST and the rights of each join are answered by a PostgreSQL
with the shipped SQL, the rest of the backend is the hub.

    supabase_test.py BUILD_DIR [unittest arguments]

Exit status 77: there is no PostgreSQL.
"""

import json
import signal
import sys
import unittest

import harness
from harness import ACCOUNT, Browser, Hub

sys.path.insert(0, str(harness.ROOT / "tests/supabase"))
import fleet  # noqa: E402
import postgres  # noqa: E402
from project import Project  # noqa: E402

SECRET = "hub-development-secret-0123456789abcdef"  # the hub's
ADA, BOB = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
CHANNELS = ("settings:global", "settings_device:all", "devices:all")


class SupabaseTest(harness.AgentTest):
    server = None
    databases = iter(range(100))

    def make_hub(self):
        database = f"project_{next(self.databases)}"
        self.server.make(database, "fleet")
        self.project = Project(self.server, database, SECRET,
                               lambda topic, event, payload: self.hub.admin("database", topic=topic, event=event, payload=payload))
        self.addCleanup(self.project.close)
        return Hub("--rights-socket", self.project.rights_socket)

    def environment(self, **more):
        return super().environment(BMC_AGENT_PAIRING_REST_URL=self.project.rest_url, **more)

    def daemon(self, *arguments, **more):
        return super().daemon("--realtime-optional-spread", "0", "--realtime-settings-spread", "0",
                              "--realtime-join-settings-device", "true", *arguments, **more)

    def device(self):
        return json.loads(self.stored().read_text())["device"]["uuid"]

    def rows(self):
        return json.loads(self.project.sql("select coalesce(json_agg(json_build_array(uuid, owner)), '[]') from public.devices"))

    def joined(self):
        """Waits until the agent is joined, its other channels too, and knows its row, which it asked for after that."""
        self.wait_for(0)

        def channels():
            status = json.loads(self.ask("--status", "--json")[1])
            return {one["topic"]: one["joined"] for one in status["link"]["channels"]}

        self.until("all channels are joined", lambda: all(channels().get(topic) for topic in CHANNELS))
        facts = self.stored().with_name("device.json")
        self.until("its row is known", lambda: facts.exists() and "name" in json.loads(facts.read_text()))

    def test_an_owner_logs_in_registers_joins_is_unpaired_and_pairs_again(self):
        agent = self.daemon()
        self.wait_for(5)
        self.log_in()
        first = self.device()
        self.assertEqual(self.rows(), [[first, ADA]])
        self.joined()
        self.project.sql(f"update public.devices set name = 'renamed' where uuid = '{first}'")
        agent.hear("this device was renamed: renamed")
        self.project.sql(f"insert into public.settings_device values ('{first}', 'theme', '\"dark\"')")
        agent.hear('settings: theme: .none. -> "dark"')

        self.project.sql(f"select realtime.send('{{}}', 'unpair', 'device:{first}', true)")
        self.wait_for(5)
        self.assertFalse(self.stored().exists())
        self.log_in("--device", first)  # the row is there still, under its name
        self.assertEqual(self.rows(), [[first, ADA]])
        self.joined()

        code, _, err = self.ask("--unpair", "--delete-device")
        self.assertEqual(code, 0, err)
        self.assertIn("was deleted", err)
        self.assertEqual(self.rows(), [])
        self.log_in()
        self.assertEqual(self.rows(), [[self.device(), ADA]])
        self.joined()

    def test_a_login_is_exchanged_for_a_device_token(self):
        exchange = {"BMC_AGENT_PAIRING_DEVICE_TOKEN_URL": self.hub.url + "/functions/v1/device-token"}
        self.log_in(**exchange)
        self.daemon()
        self.joined()
        code, _, err = self.ask("--unpair", "--delete-device")
        self.assertEqual(code, 8, err)
        self.assertIn("this token may not remove it", err)
        self.assertEqual(len(self.rows()), 1)

    def test_another_accounts_device_is_not_taken(self):
        self.project.sql(f"insert into public.devices (uuid, owner, name) values ('{harness.DEVICE}', '{BOB}', 'his')")
        terminal = self.login("--device", harness.DEVICE)
        code, _, err = terminal.finish(Browser().allow(terminal.hear(self.AUTHORIZE)[0]) + "\n")
        self.assertEqual(code, 77, err)
        self.assertFalse(self.stored().exists())
        self.assertEqual(self.rows(), [[harness.DEVICE, BOB]])

    def test_a_token_that_was_withdrawn_does_not_come_back(self):
        self.project.sql(f"insert into public.devices (uuid, owner, name) values ('{harness.DEVICE}', '{ADA}', 'bench')")
        mint = f"select bmc.mint_device_token('{SECRET}', '{harness.DEVICE}', '10 days')"
        for withdraw, claims in ((f"select public.withdraw_device_tokens('{harness.DEVICE}')", fleet.person(ADA)),
                                 (f"delete from public.devices where uuid = '{harness.DEVICE}'", None)):
            code, _, err = self.ask("--pair", "--token-stdin", "--force", text=self.project.sql(mint))
            self.assertEqual(code, 0, err)
            agent = self.daemon()
            self.joined()
            self.project.sql(withdraw, claims)
            agent.hear("was removed at the backend, or its token was withdrawn")
            agent.signal(signal.SIGTERM)
            self.assertEqual(agent.finish()[0], 0)
            agent = self.daemon()
            agent.hear("You do not have permissions to read|does not own")
            self.assertEqual(self.ask("--status")[0], 4)
            agent.end()


if __name__ == "__main__":
    home = postgres.home()
    if home is None:
        print("there is no PostgreSQL here: apt-get install postgresql", file=sys.stderr)
        sys.exit(77)
    postgres.leave_root()
    with postgres.Postgres(home) as SupabaseTest.server:
        SupabaseTest.server.make_projects(postgres.SCHEMA)
        program = unittest.main(exit=False)
    sys.exit(0 if program.result.wasSuccessful() else 1)
