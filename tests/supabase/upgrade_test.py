"""The SQL over itself, over what was shipped before, and on a project that grants less."""

from fleet import DEVICE, FOREIGN, NEW, OTHER, OWNER, Fleet, device_token, person, upsert
from postgres import ADMIN, HERE, SCHEMA

CATALOGUE = """
    select 'function', p.oid::regprocedure::text, md5(pg_get_functiondef(p.oid)) || p.proacl::text from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('bmc', 'public')
    union all select 'policy', polname || ' ' || polrelid::regclass,
        concat(pg_get_expr(polqual, polrelid), ' ', pg_get_expr(polwithcheck, polrelid), polroles::regrole[]) from pg_policy
    union all select 'trigger', tgname || ' ' || tgrelid::regclass, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
    union all select 'table', c.oid::regclass::text, concat(c.relacl, ' ', c.relrowsecurity, ' ',
        (select string_agg(concat(attname, ' ', format_type(atttypid, atttypmod), ' ', attnotnull, ' ', attacl), ',' order by attname)
         from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped))
        from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('bmc', 'public') and c.relkind = 'r'
    union all select 'schema', nspname, nspacl::text from pg_namespace where nspname = 'bmc'
    order by 1, 2"""


class Upgrade(Fleet):
    def setUp(self):
        super().setUp()
        self.fresh = self.sql(CATALOGUE)

    def test_running_it_again_changes_nothing(self):
        self.sql(f"select bmc.withdraw_device_tokens('{DEVICE}')")
        rows = "select * from public.devices order by 1; select * from bmc.removed_devices; select * from public.settings_device"
        before = self.sql(rows)
        self.sql(SCHEMA.read_text())
        self.assertEqual((self.sql(CATALOGUE), self.sql(rows)), (self.fresh, before))

    def test_over_what_was_shipped_before_it_keeps_the_rows_and_ends_up_the_same(self):
        self.database += "_old"
        self.postgres.make(self.database, "supabase")
        self.sql((HERE / "schema-before.sql").read_text())
        self.sql(f"insert into public.devices (uuid, owner, name) values ('{DEVICE}', '{OWNER}', 'bench'), ('{FOREIGN}', '{OTHER}', 'bench');"
                 f"insert into public.settings_global values ('a', '1'); insert into public.settings_device values ('{DEVICE}', 'b', '2')")
        token = self.mint()
        self.sql(SCHEMA.read_text())
        self.assertEqual(self.sql(CATALOGUE), self.fresh)
        self.assertEqual(self.sql("select count(*) from public.devices"), "2")
        self.assertEqual(self.rest(token, f"select public.effective_settings_for_device('{DEVICE}')")[1], '{"a": 1, "b": 2}')
        self.assertEqual(self.probe(token, f"device:{DEVICE}"), (True, True), "a machine that is paired stays so")
        self.assertNotIn("devices:all", [topic for topic, _, _ in self.told()], "whole rows are not left where all may read")
        self.assertEqual(self.rest_stays(person(OWNER), upsert(NEW)), "1")

    def test_it_runs_where_accounts_and_stored_messages_are_out_of_reach(self):
        self.database += "_bare"
        self.postgres.make(self.database, "supabase")
        self.postgres.load(self.database, "revoke all on auth.users from postgres; alter table realtime.messages owner to "
                           "supabase_admin; revoke delete on realtime.messages from postgres;"
                           "create policy none on realtime.messages using (false)", ADMIN)
        # Supabase lets `postgres` write policies there without owning the table; here the superuser does.
        self.postgres.load(self.database, SCHEMA.read_text().replace("create extension", "set role postgres; create extension", 1)
                           .replace("drop policy if exists \"bmc:", "reset role; drop policy if exists \"bmc:")
                           .replace("-- Messages that the database", "set role postgres; -- Messages that the database"), ADMIN)
        self.assertEqual(self.rest_stays(person(OWNER), upsert(DEVICE)), "1")
        self.assertEqual(self.probe(device_token(DEVICE), f"device:{DEVICE}"), (True, True))
        self.rest_stays(person(OWNER), f"delete from public.devices where uuid = '{DEVICE}'")
        self.assertEqual(self.probe(device_token(DEVICE), f"device:{DEVICE}"), (False, False))
