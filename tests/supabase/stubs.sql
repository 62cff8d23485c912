-- What Supabase has and plain PostgreSQL has not, as far as packaging/supabase/schema.sql uses it.
create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
create schema extensions;
create schema auth;
create schema realtime;
grant usage on schema extensions, auth, realtime to anon, authenticated, service_role;

create function auth.jwt() returns jsonb language sql stable as
    $$ select coalesce(nullif(current_setting('request.jwt.claims', true), '')::jsonb, '{}') $$;
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
grant select, insert on realtime.messages to anon, authenticated, service_role;

create function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void
    language sql security definer as
    $$ insert into realtime.messages (payload, event, topic, private, extension) values ($1, $2, $3, $4, 'broadcast') $$;
create function realtime.broadcast_changes(topic_name text, event_name text, operation text, table_name text,
                                           table_schema text, new record, old record, level text default 'ROW')
    returns void language plpgsql security definer as $$
begin
    perform realtime.send(jsonb_build_object('operation', operation, 'table', table_name, 'schema', table_schema,
                                             'record', to_jsonb(new), 'old_record', to_jsonb(old)), event_name, topic_name);
end $$;
