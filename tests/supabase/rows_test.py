"""Who may do what with the rows: each table, verb and caller, as PostgREST asks."""

import fleet
from fleet import DENIED, DEVICE, FINE, FOREIGN, NEW, OTHER, OWNER, REMOVED, SERVICE, TAKEN, Fleet, upsert

# The columns of the matrix below, in their order.
CALLERS = {**fleet.CALLERS, "service": SERVICE}
NO = DENIED  # refused; a number: so many rows; anything else: what the question prints

# Question: an answer for each caller.
#                          anon owner other dev  dev2 odd  gone junk service
MATRIX = {
    # devices
    "select count(*) from public.devices":
                           [NO, "1", "1", "1", "1", "1", "0", "0", "2"],
    f"select count(*) from public.devices where uuid = '{DEVICE}'":
                           [NO, "1", "0", "1", "0", "0", "0", "0", "1"],
    upsert(NEW):           [NO, "1", "1", NO, NO, NO, NO, NO, "23502"],  # service_role is nobody: it names the owner
    upsert(NEW, returning="public.devices.*"):
                           [NO, "1", "1", NO, NO, NO, NO, NO, "23502"],
    upsert(DEVICE):        [NO, "1", NO, NO, NO, NO, NO, NO, "23502"],
    upsert(DEVICE, returning="public.devices.*"):
                           [NO, "1", NO, NO, NO, NO, NO, NO, "23502"],
    upsert(REMOVED):       [NO, "1", "1", NO, NO, NO, NO, NO, "23502"],
    f"insert into public.devices (uuid, name) values ('{NEW}', 'x') returning name":
                           [NO, "x", "x", NO, NO, NO, NO, NO, "23502"],
    f"insert into public.devices (uuid, name) values ('{NEW}', 'bench') returning name":  # a name is the owner's
                           [NO, TAKEN, TAKEN, NO, NO, NO, NO, NO, "23502"],
    f"insert into public.devices (uuid, name) values ('{DEVICE}', 'x') returning name":
                           [NO, TAKEN, TAKEN, NO, NO, NO, NO, NO, "23502"],
    f"insert into public.devices (uuid, owner, name) values ('{NEW}', '{OWNER}', 'x') returning name":
                           [NO, "x", NO, NO, NO, NO, NO, NO, "x"],
    f"insert into public.devices (uuid, name, tokens_from) values ('{NEW}', 'x', '-infinity')":
                           [NO, NO, NO, NO, NO, NO, NO, NO, "23502"],
    f"update public.devices set name = 'y' where uuid = '{DEVICE}' returning name":
                           [NO, "y", "", "", "", "", "", "", "y"],
    f"update public.devices set owner = '{OTHER}', name = 'y' where uuid = '{DEVICE}' returning uuid":
                           [NO, NO, "", "", "", "", "", "", DEVICE],
    f"update public.devices set uuid = '{NEW}' where uuid = '{DEVICE}' returning uuid":
                           [NO, "23514", "", "", "", "", "", "", "23514"],
    f"update public.devices set created_at = now() where uuid = '{DEVICE}'":
                           [NO, NO, NO, NO, NO, NO, NO, NO, ""],
    f"delete from public.devices where uuid = '{DEVICE}' returning uuid":
                           [NO, DEVICE, "", "", "", "", "", "", DEVICE],
    "truncate public.devices, public.settings_device":
                           [NO, NO, NO, NO, NO, NO, NO, NO, ""],
    # settings of a device
    f"select value from public.settings_device where device_uuid = '{DEVICE}'":
                           [NO, "1", "", "1", "", "", "", "", "1"],
    f"insert into public.settings_device values ('{DEVICE}', 'new', '1') returning value":
                           [NO, "1", NO, NO, NO, NO, NO, NO, "1"],
    f"insert into public.settings_device values ('{DEVICE}', 'theme', '5') on conflict (device_uuid, key)"
    " do update set value = excluded.value returning value":
                           [NO, "5", NO, NO, NO, NO, NO, NO, "5"],
    f"insert into public.settings_device values ('{NEW}', 'new', '1')":  # whether a uuid is taken is not told
                           [NO, NO, NO, NO, NO, NO, NO, NO, "23503"],
    f"update public.settings_device set value = '7' where device_uuid = '{DEVICE}' returning value":
                           [NO, "7", "", "", "", "", "", "", "7"],
    f"update public.settings_device set device_uuid = '{FOREIGN}', key = 'x' where device_uuid = '{DEVICE}' returning key":
                           [NO, NO, "", "", "", "", "", "", "x"],
    f"delete from public.settings_device where device_uuid = '{DEVICE}' returning key":
                           [NO, "theme", "", "", "", "", "", "", "theme"],
    # settings of all
    "select count(*) from public.settings_global":
                           [NO, "2", "2", "2", "2", "2", "0", "0", "2"],
    "insert into public.settings_global values ('new', '1')":
                           [NO, NO, NO, NO, NO, NO, NO, NO, ""],
    "update public.settings_global set value = '1' where key = 'lab'":
                           [NO, NO, NO, NO, NO, NO, NO, NO, ""],
    "delete from public.settings_global":
                           [NO, NO, NO, NO, NO, NO, NO, NO, ""],
    # what nobody but the SQL itself needs
    "select count(*) from bmc.removed_devices":
                           [NO, NO, NO, NO, NO, NO, NO, NO, NO],
    "select count(*) from realtime.messages":
                           [ "0", "0", "0", "0", "0", "0", "0", "0", "1"],
    f"insert into realtime.messages (topic, extension) values ('device:{DEVICE}', 'broadcast')":
                           [NO, NO, NO, NO, NO, NO, NO, NO, ""],
    "update realtime.messages set topic = 'x' returning topic":
                           ["", "", "", "", "", "", "", "", "x"],
    # functions
    f"select public.effective_settings_for_device('{DEVICE}') ->> 'theme'":
                           [NO, "1", "", "1", "", "", "", "", "1"],
    "select public.effective_settings_for_device(null)":
                           [NO, "", "", "", "", "", "", "", '{"lab": 0, "theme": 0}'],
    f"select public.withdraw_device_tokens('{DEVICE}') > now()":
                           [NO, "t", NO, NO, NO, NO, NO, NO, "t"],
    f"select bmc.withdraw_device_tokens('{DEVICE}') > now()":
                           [NO, "t", NO, NO, NO, NO, NO, NO, "t"],
    f"select public.withdraw_device_tokens('{NEW}')":
                           [NO, NO, NO, NO, NO, NO, NO, NO, NO],
    f"select bmc.mint_device_token(repeat('x', 32), '{DEVICE}') is null":
                           [NO, NO, NO, NO, NO, NO, NO, NO, "f"],
    f"select bmc.may_use('{DEVICE}')":
                           [NO, "t", "f", "t", "f", "f", "f", "f", "f"],
    "select bmc.forget_messages('device:x')":
                           [NO, NO, NO, NO, NO, NO, NO, NO, NO],
}


class Rows(Fleet):
    def test_who_may_do_what(self):
        self.sql("insert into realtime.messages (topic, extension) values ('lobby', 'broadcast')")
        questions = [(claims, sql) for sql in MATRIX for claims in CALLERS.values()]
        answers = iter(self.rest_all(questions))
        for sql, wanted in MATRIX.items():
            self.assertEqual(len(wanted), len(CALLERS), sql)
            for caller, want in zip(CALLERS, wanted):
                state, said = next(answers)
                with self.subTest(caller=caller, sql=sql):
                    self.assertEqual(said if state == FINE else state, want)

    def test_every_function_that_runs_as_its_definer_has_a_search_path_and_no_guest(self):
        loose = self.sql(
            "select p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace "
            "where (n.nspname = 'bmc' or n.nspname = 'public') and p.proowner = 'postgres'::regrole "
            "and (p.proconfig is null or not 'search_path=\"\"' = any (p.proconfig))")
        self.assertEqual(loose, "")
        for role in ("public", "anon"):
            may = self.sql(
                "select p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace "
                "where n.nspname in ('bmc', 'public') and p.proowner = 'postgres'::regrole "
                f"and has_function_privilege('{role}', p.oid, 'execute') and p.prorettype <> 'trigger'::regtype")
            self.assertEqual(may, "", role)

    def test_every_table_is_under_row_level_security(self):
        open_tables = self.sql("select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace "
                               "where n.nspname in ('bmc', 'public') and c.relkind = 'r' and not c.relrowsecurity")
        self.assertEqual(open_tables, "")
