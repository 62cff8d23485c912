-- What Supabase has and plain PostgreSQL has not, as far as packaging/supabase/schema.sql meets it: the roles and who is
-- what in them, the grants that Supabase makes by itself, `auth`, and `realtime` as Realtime's own migrations leave it.
-- Runs as the superuser (Supabase calls it supabase_admin); `postgres` is none there either.
create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;
create role authenticator login noinherit;
grant anon, authenticated, service_role to authenticator;
create role postgres login nosuperuser createdb createrole replication bypassrls;
grant anon, authenticated, service_role to postgres;
create role supabase_auth_admin login noinherit createrole;
create role supabase_realtime_admin nologin noinherit;
grant supabase_realtime_admin to postgres;

create schema extensions;
create extension pgcrypto with schema extensions;
create schema auth authorization supabase_auth_admin;
create schema realtime;
grant usage on schema extensions, auth, realtime, public to postgres, anon, authenticated, service_role;

-- Whatever `postgres` makes in `public` is everybody's.
alter default privileges for role postgres in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges for role postgres in schema public grant all on functions to anon, authenticated, service_role;

create table auth.users (
    id              uuid primary key,
    email           text,
    last_sign_in_at timestamptz,
    deleted_at      timestamptz
);
alter table auth.users owner to supabase_auth_admin;
grant select, insert, update, delete, references, trigger on auth.users to postgres;

create function auth.jwt() returns jsonb language sql stable as $$
    select coalesce(
        nullif(current_setting('request.jwt.claim', true), ''), nullif(current_setting('request.jwt.claims', true), '')
    )::jsonb
$$;
create function auth.uid() returns uuid language sql stable as $$ select (auth.jwt() ->> 'sub')::uuid $$;
create function realtime.topic() returns text language sql stable as
    $$ select nullif(current_setting('realtime.topic', true), '') $$;

create table realtime.messages (
    topic       text not null,
    extension   text not null,
    payload     jsonb,
    event       text,
    private     boolean default false,
    updated_at  timestamp not null default now(),
    inserted_at timestamp not null default now(),
    id          uuid not null default gen_random_uuid(),
    primary key (id, inserted_at)
) partition by range (inserted_at);
create table realtime.messages_all partition of realtime.messages for values from (minvalue) to (maxvalue);
alter table realtime.messages enable row level security;
alter table realtime.messages owner to supabase_realtime_admin;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;
grant all on realtime.messages to postgres;

-- With the caller's rights, and never an error: what cannot be sent is a warning.
create function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void
    language plpgsql as $$
declare
    message uuid := gen_random_uuid();
begin
    begin
        execute format('set local realtime.topic to %L', topic);
        insert into realtime.messages (id, payload, event, topic, private, extension)
            values (message, case when payload ? 'id' then payload else payload || jsonb_build_object('id', message) end,
                    event, topic, private, 'broadcast');
    exception when others then
        raise warning 'not sent: %', sqlerrm;
    end;
end $$;
create function realtime.broadcast_changes(topic_name text, event_name text, operation text, table_name text,
                                           table_schema text, new record, old record, level text default 'ROW')
    returns void language plpgsql as $$
begin
    perform realtime.send(jsonb_build_object('operation', operation, 'table', table_name, 'schema', table_schema,
                                             'record', to_jsonb(new), 'old_record', to_jsonb(old)), event_name, topic_name);
end $$;
