"""Device tokens: what they are, and what ends them before their time."""

import base64
import hashlib
import hmac
import json
import time

import fleet
from fleet import (ANON, DENIED, DEVICE, FINE, FOREIGN, OTHER, OWNER, SECRET, SERVICE, Fleet, device_token, person,
                   upsert)
from postgres import ADMIN


class Tokens(Fleet):
    def counts(self, claims, device=DEVICE):
        """Whether a token counts: everywhere or nowhere."""
        topic = f"device:{device}"
        heard = [(topic, "broadcast"), (topic, "presence"), ("settings:global", "broadcast"),
                 ("settings_device:all", "broadcast"), ("devices:all", "broadcast")]
        written = [(topic, "broadcast"), (topic, "presence"), ("devices:all", "presence")]
        rows = ["select count(*) > 0 from public.devices", "select count(*) > 0 from public.settings_global",
                f"select public.effective_settings_for_device('{device}') is not null"]
        blocks = [block for where in heard + written for block in fleet.probe_blocks(claims, *where)]
        answers = self.postgres.ask(
            self.database, blocks + [(fleet.as_caller(claims), sql) for sql in rows], ADMIN)
        probed = [fleet.may(*pair) for pair in zip(answers[:len(blocks):2], answers[1:len(blocks):2])]
        found = {read for read, _ in probed[:len(heard)]} | {write for _, write in probed[len(heard):]}
        found |= {answer == (FINE, "t") for answer in answers[len(blocks):]}
        self.assertEqual(len(found), 1, "it counts in one place and not in another")
        return found.pop()

    def test_it_is_signed_and_says_whose_it_is_and_for_how_long(self):
        token = self.sql(f"select bmc.mint_device_token('{SECRET}', '{DEVICE}', '1 hour')")
        signed, _, signature = token.rpartition(".")
        wanted = base64.urlsafe_b64encode(hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest())
        self.assertEqual(signature, wanted.rstrip(b"=").decode())
        said = json.loads(base64.urlsafe_b64decode(signed.split(".")[1] + "=="))
        self.assertEqual((said["role"], said["device_uuid"], said["exp"] - said["iat"]), ("authenticated", DEVICE, 3600))
        self.assertLess(abs(said["iat"] - time.time()), 10)
        self.assertTrue(self.counts(said))

    def test_what_is_no_token_is_not_made(self):
        for wrong in (f"'short', '{DEVICE}'", f"null, '{DEVICE}'", f"'{SECRET}', gen_random_uuid()", f"'{SECRET}', null",
                      f"'{SECRET}', '{DEVICE}', '0'", f"'{SECRET}', '{DEVICE}', '-1 day'", f"'{SECRET}', '{DEVICE}', null"):
            with self.subTest(wrong):
                self.assertEqual(self.rest(SERVICE, f"select bmc.mint_device_token({wrong})")[0], "P0001")

    def test_nobody_makes_one_without_being_the_administrator(self):
        mint = f"select bmc.mint_device_token('{SECRET}', '{DEVICE}')"
        for claims in (ANON, person(OWNER), person(OTHER), device_token(DEVICE)):
            self.assertEqual(self.rest(claims, mint)[0], DENIED)
        self.assertEqual(self.rest(SERVICE, mint)[0], FINE)

    def test_removing_the_device_ends_it(self):
        token = self.mint()
        self.assertTrue(self.counts(token))
        self.rest_stays(person(OWNER), f"delete from public.devices where uuid = '{DEVICE}'")
        self.assertFalse(self.counts(token))

    def test_registering_the_uuid_again_does_not_bring_it_back(self):
        token, undated = self.mint(), {**device_token(DEVICE)}
        del undated["iat"]
        for owner in (OWNER, OTHER, OWNER):  # within the second in which the token was made
            self.sql(f"delete from public.devices where uuid = '{DEVICE}'")
            self.rest_stays(person(owner), upsert(DEVICE))
            self.assertFalse(self.counts(token))
            self.assertFalse(self.counts(undated))
            token = self.mint()
            self.assertTrue(self.counts(token), "a new one counts at once")

    def test_emptying_the_table_ends_all_for_good(self):
        token = self.mint()
        self.sql(f"truncate public.devices cascade; insert into public.devices (uuid, owner, name) values ('{DEVICE}', '{OWNER}', 'x')")
        self.assertFalse(self.counts(token))
        self.assertTrue(self.counts(self.mint()))

    def test_withdrawing_ends_it_and_keeps_the_device(self):
        for function in ("public.withdraw_device_tokens", "bmc.withdraw_device_tokens"):
            token, foreign = self.mint(), self.mint(FOREIGN)
            self.rest_stays(person(OWNER), f"select {function}('{DEVICE}')")
            self.assertFalse(self.counts(token))
            self.assertTrue(self.counts(foreign, FOREIGN))
            again = self.mint()
            self.assertTrue(self.counts(again), "a new one counts at once")
            self.sql(f"select {function}('{DEVICE}')")  # in the SQL editor; twice within a second
            self.assertFalse(self.counts(again))
        self.assertEqual(self.probe(person(OWNER), f"device:{DEVICE}"), (True, True))
        self.assertEqual(self.rest(person(OWNER), "select count(*) from public.settings_device"), (FINE, "1"))

    def test_what_was_withdrawn_is_not_brought_back(self):
        token = self.mint()
        self.rest_stays(person(OWNER), f"select public.withdraw_device_tokens('{DEVICE}')")
        for back in ("null", "'-infinity'", "'2020-01-01'", "'infinity'"):
            self.rest_stays(person(OWNER), f"update public.devices set tokens_from = {back} where uuid = '{DEVICE}'")
            self.assertFalse(self.counts(token), back)
            self.sql(f"update public.devices set tokens_from = {back} where uuid = '{DEVICE}'")
            self.assertFalse(self.counts(token), back)
            self.assertTrue(self.counts(self.mint()), back)

    def test_another_owner_ends_it(self):
        token = self.mint()
        self.sql(f"update public.devices set owner = '{OTHER}', name = 'moved' where uuid = '{DEVICE}'")
        self.assertFalse(self.counts(token))
        self.assertEqual(self.probe(person(OWNER), f"device:{DEVICE}"), (False, False))
        self.assertEqual(self.probe(person(OTHER), f"device:{DEVICE}"), (True, True))
        self.assertTrue(self.counts(self.mint()))

    def test_another_name_does_not(self):
        token = self.mint()
        self.rest_stays(person(OWNER), upsert(DEVICE, name="renamed"))
        self.assertTrue(self.counts(token))

    def test_one_without_a_date_counts_until_something_is_withdrawn(self):
        for undated in ({"iat": None}, {"iat": "soon"}, {"iat": []}, {}):
            token = {**device_token(DEVICE), **undated}
            if not undated:
                del token["iat"]
            with self.subTest(undated):
                answers = self.probe(token, f"device:{DEVICE}"), self.probe(token, f"device:{FOREIGN}")
                self.assertEqual(answers, ((True, True), (False, False)))
        self.sql(f"select bmc.withdraw_device_tokens('{DEVICE}')")
        self.assertFalse(self.counts(token))

    def test_an_account_that_is_removed_takes_its_devices_along(self):
        for end in (f"delete from auth.users where id = '{OWNER}'",
                    f"update auth.users set deleted_at = now() where id = '{OWNER}'"):
            self.sql(f"insert into auth.users values ('{OWNER}', 'owner@example.com') on conflict do nothing")
            self.rest_stays(person(OWNER), upsert(DEVICE))
            token, foreign = self.mint(), self.mint(FOREIGN)
            self.sql(f"update auth.users set last_sign_in_at = now() where id = '{OWNER}'")
            self.assertTrue(self.counts(token))
            self.postgres.load(self.database, end, "supabase_auth_admin")  # as Supabase's own service does it
            self.assertFalse(self.counts(token))
            self.assertEqual(self.probe(person(OWNER), f"device:{DEVICE}"), (False, False))
            self.assertTrue(self.counts(foreign, FOREIGN))
