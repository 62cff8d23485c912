"""A fleet in a Supabase project, and who may ask it: what the tests of the shipped SQL have in common."""

import base64
import itertools
import json
import time
import unittest

from postgres import ADMIN

OWNER, OTHER = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"
DEVICE, FOREIGN = "dddddddd-0000-4000-8000-000000000003", "eeeeeeee-0000-4000-8000-000000000004"
NEW = "ffffffff-0000-4000-8000-000000000005"
REMOVED = "99999999-0000-4000-8000-000000000006"
PROBE = "00000000-0000-4000-8000-000000000007"
SECRET = "a secret of at least thirty-two characters"
DENIED, FINE, TAKEN = "42501", "00000", "23505"


def person(sub):
    return {"role": "authenticated", "aud": "authenticated", "sub": sub, "iat": int(time.time())}


def device_token(uuid, **more):
    """Claims as bmc.mint_device_token makes them."""
    return {**person(uuid), "device_uuid": uuid, **more}


ANON, SERVICE = {"role": "anon"}, {"role": "service_role"}
# Who asks in the matrices of the tests, in the order of their columns.
CALLERS = {
    "anon": ANON,
    "owner": person(OWNER),
    "other owner": person(OTHER),
    "device token": device_token(DEVICE),
    "another device's token": device_token(FOREIGN),
    # Its `sub` owns a device; the token is the other device's, and must not gain the rights of the person.
    "device token of a person": device_token(FOREIGN, sub=OWNER),
    "removed device's token": device_token(REMOVED),
    "device token of nonsense": device_token("nonsense", sub=OWNER),
}


def as_caller(claims):
    """What PostgREST and Realtime set before they ask for somebody."""
    text = json.dumps(claims).replace("'", "''")
    return f"set local role {claims['role']}; set local request.jwt.claims = '{text}'"


def probe_blocks(claims, topic, extension):
    """How Realtime finds out what a caller may do: a row of its own is inserted for the topic, then read with the caller's
    role; another is inserted with it. Two blocks for Postgres.ask() as ADMIN; may() reads their answers."""
    row = ("insert into realtime.messages (id, topic, extension) "
           f"values ('{PROBE}', $topic${topic}$topic$, '{extension}')")
    context = f"{as_caller(claims)}; select set_config('realtime.topic', $topic${topic}$topic$, true)"
    return [(f"{row}; {context}", f"select count(*) from realtime.messages where id = '{PROBE}'"), (context, row)]


def may(read, written):
    """(may read, may write)."""
    if read[0] not in (FINE, DENIED) or written[0] not in (FINE, DENIED):
        raise AssertionError((read, written))
    return read == (FINE, "1"), written[0] == FINE


def probe(server, database, questions):
    """(may read, may write) for each (claims, topic, extension)."""
    answers = server.ask(database, [block for question in questions for block in probe_blocks(*question)], ADMIN)
    return [may(read, written) for read, written in zip(answers[::2], answers[1::2])]


class Fleet(unittest.TestCase):
    """OWNER has DEVICE, OTHER has FOREIGN, REMOVED was registered and removed. A database for each class; each test
    finds it as new."""

    postgres = None
    _numbers = itertools.count()

    @classmethod
    def setUpClass(cls):
        cls.database = f"fleet_{next(cls._numbers)}"
        cls.postgres.make(cls.database, "fleet")

    def setUp(self):
        self.sql(
            "delete from public.devices; delete from public.settings_global; delete from auth.users;"
            "delete from bmc.removed_devices;"
            f"insert into public.devices (uuid, owner, name) values ('{DEVICE}', '{OWNER}', 'bench'),"
            f" ('{FOREIGN}', '{OTHER}', 'bench'), ('{REMOVED}', '{OWNER}', 'gone');"
            f"insert into public.settings_device values ('{DEVICE}', 'theme', '1'), ('{FOREIGN}', 'theme', '2');"
            f"insert into public.settings_global values ('theme', '0'), ('lab', '0');"
            f"delete from public.devices where uuid = '{REMOVED}'; delete from realtime.messages")

    def sql(self, text):
        """As the project's administrator, in the SQL editor. Stays."""
        return self.postgres.load(self.database, text)

    def rest_all(self, questions):
        """(SQLSTATE, output) for each (claims, SQL), as PostgREST would ask it. Nothing of it stays."""
        return self.postgres.ask(self.database, [(as_caller(claims), sql) for claims, sql in questions])

    def rest(self, claims, sql):
        return self.rest_all([(claims, sql)])[0]

    def rest_stays(self, claims, sql):
        """Like rest(), but it is committed, and must work."""
        return self.postgres.load(self.database, f"begin; {as_caller(claims)}; {sql}; commit;", "authenticator")

    def probe_all(self, questions):
        return probe(self.postgres, self.database, questions)

    def probe(self, claims, topic, extension="broadcast"):
        return self.probe_all([(claims, topic, extension)])[0]

    def told(self):
        """[(topic, event, payload)] of what the database said since the last call, in order of the topics."""
        rows = self.sql("select json_build_array(topic, event, payload - 'id') from realtime.messages where private "
                        "order by topic, event; delete from realtime.messages")
        return [tuple(json.loads(row)) for row in rows.splitlines()]

    def mint(self, device=DEVICE, life="1 hour"):
        """The claims of a token that the project's administrator makes."""
        token = self.sql(f"select bmc.mint_device_token('{SECRET}', '{device}', '{life}')")
        return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


def upsert(device, name="new", os="Linux", returning="1"):
    """What PostgREST makes of the agent's POST /devices?on_conflict=uuid with resolution=merge-duplicates."""
    body = json.dumps({"uuid": device, "name": name, "os": os}).replace("'", "''")
    return ("with source as (insert into public.devices (name, os, uuid) select body.name, body.os, body.uuid "
            f"from json_to_record('{body}'::json) as body (name text, os text, uuid uuid) on conflict (uuid) do update "
            "set name = excluded.name, os = excluded.os, uuid = excluded.uuid "
            f"returning {returning}) select count(*) from source")
