"""A machine's life: its owner logs in, registers it, it joins, is unpaired, and is paired again."""

import json

from fleet import DENIED, DEVICE, FINE, FOREIGN, NEW, OTHER, OWNER, Fleet, device_token, person, upsert

LOOK_UP = "select json_build_object('uuid', uuid, 'name', name) from public.devices where uuid = '{}'"
JOINED = (True, True)


class Life(Fleet):
    def joins(self, claims, device):
        """What an agent joins: its channel, with presence, and those of all."""
        asked = [(claims, f"device:{device}", "broadcast"), (claims, f"device:{device}", "presence"),
                 (claims, "settings:global", "broadcast"), (claims, "devices:all", "broadcast"),
                 (claims, "settings_device:all", "broadcast"), (claims, "devices:all", "presence")]
        found = self.probe_all(asked)
        return found[:2] == [JOINED, JOINED] and all(read for read, _ in found[2:5]) and found[5][1]

    def test_an_owner_logs_in_registers_joins_is_unpaired_and_pairs_again(self):
        owner = person(OWNER)
        self.assertEqual(self.rest(owner, LOOK_UP.format(NEW)), (FINE, ""))
        self.assertEqual(self.rest(owner, upsert(NEW, name="bench"))[0], "23505")  # the name is taken: the next one
        self.assertEqual(self.rest_stays(owner, upsert(NEW, name="bench 2")), "1")
        self.assertTrue(self.joins(owner, NEW))
        self.assertEqual(self.sql(f"select owner from public.devices where uuid = '{NEW}'"), OWNER)
        # The machine is unpaired: it forgets its credential, and the row stays. It is paired again under the same name.
        self.assertEqual(json.loads(self.rest(owner, LOOK_UP.format(NEW))[1]), {"uuid": NEW, "name": "bench 2"})
        self.assertEqual(self.rest_stays(owner, upsert(NEW, name="renamed")), "1")
        self.assertTrue(self.joins(owner, NEW))
        # It is unpaired with its row, and paired once more.
        self.rest_stays(owner, f"delete from public.devices where uuid = '{NEW}'")
        self.assertFalse(self.joins(owner, NEW))
        self.assertEqual(self.rest_stays(owner, upsert(NEW, name="bench 2")), "1")
        self.assertTrue(self.joins(owner, NEW))

    def test_the_login_is_exchanged_for_a_device_token(self):
        self.rest_stays(person(OWNER), upsert(NEW))
        token = self.mint(NEW)
        self.assertTrue(self.joins(token, NEW))
        self.assertEqual(json.loads(self.rest(token, LOOK_UP.format(NEW))[1])["name"], "new")
        self.assertEqual(self.rest(token, upsert(NEW, name="renamed"))[0], DENIED)
        self.assertEqual(self.rest(token, f"delete from public.devices where uuid = '{NEW}' returning uuid"), (FINE, ""))

    def test_an_edge_function_may_sign_the_token_in_the_second_of_the_registration(self):
        self.rest_stays(person(OWNER), upsert(NEW))
        self.assertTrue(self.joins(device_token(NEW), NEW))

    def test_another_account_takes_a_device_of_its_own(self):
        self.assertEqual(self.rest(person(OTHER), LOOK_UP.format(DEVICE)), (FINE, ""))
        self.assertEqual(self.rest(person(OTHER), upsert(DEVICE))[0], DENIED)
        self.assertEqual(self.rest_stays(person(OTHER), upsert(NEW)), "1")
        self.assertTrue(self.joins(person(OTHER), NEW))
        self.assertFalse(self.joins(person(OTHER), DEVICE))
