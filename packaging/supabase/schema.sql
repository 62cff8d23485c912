-- A fleet of one's own on Supabase (cloud or self-hosted) in place of Busymate: tables, row-level security for the
-- channels, and device tokens. Run it as the database's owner (SQL editor, or psql -1 -f). Running it again changes
-- nothing; over an earlier version of it, it brings that one up to date and keeps the rows.
-- What it promises is tested by tests/supabase/run.

create extension if not exists pgcrypto with schema extensions;
create schema if not exists bmc;
revoke all on schema bmc from public, anon;
grant usage on schema bmc to authenticated, service_role;

-- Who asks -----------------------------------------------------------------------------------------------------------

-- A person owns devices. A device token (the claim `device_uuid`) is for one device's channel and nothing else: it has
-- none of the rights of its `sub`.

-- The person who asks; null for a device token and for nobody.
create or replace function bmc.person() returns uuid
    language sql stable set search_path = '' as $$
    select case when (auth.jwt() ->> 'device_uuid') is null then auth.uid() end
$$;

-- The uuid in a text, or null. A cast would end in an error, and a policy's error is a refusal that nobody understands.
create or replace function bmc.uuid_in(said text) returns uuid
    language sql immutable strict set search_path = '' as $$
    select case
        when said ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then said::uuid
    end
$$;

-- The device whose token this is; null for a person.
create or replace function bmc.token_device() returns uuid
    language sql stable set search_path = '' as $$
    select bmc.uuid_in(lower(auth.jwt() ->> 'device_uuid'))
$$;

-- When the token was issued; a token that does not say (`iat`) is as old as can be.
create or replace function bmc.token_issued() returns timestamptz
    language sql stable set search_path = '' as $$
    select case
        when jsonb_typeof(auth.jwt() -> 'iat') = 'number' then to_timestamp((auth.jwt() ->> 'iat')::double precision)
        else '-infinity'
    end
$$;

-- Devices ------------------------------------------------------------------------------------------------------------

create table if not exists public.devices (
    uuid       uuid primary key,
    owner      uuid not null default auth.uid(),
    name       text not null check (char_length(name) between 1 and 200),
    os         text,
    created_at timestamptz not null default now(),
    unique (owner, name)
);
-- Tokens of this device that were issued before this moment do not count. Null: none was withdrawn.
alter table public.devices add column if not exists tokens_from timestamptz;
-- Of the device's own key, as agent --status prints it on that machine: for people who compare it.
alter table public.devices add column if not exists fingerprint text;

-- From when on tokens count for a device that was removed: registering that uuid again does not bring the old
-- tokens back. A row of some 50 bytes for each removed device; those older than the longest life of a token may go.
create table if not exists bmc.removed_devices (
    uuid        uuid primary key,
    tokens_from timestamptz not null
);
alter table bmc.removed_devices enable row level security;
revoke all on bmc.removed_devices from public, anon, authenticated, service_role;

-- A moment that lies after the issue of every token so far. Tokens say when they were issued in whole seconds, so it is
-- the next second; and the one after, when that one is taken.
create or replace function bmc.later_than(earlier timestamptz) returns timestamptz
    language sql volatile set search_path = '' as $$
    select greatest(date_trunc('second', clock_timestamp()), earlier) + interval '1 second'
$$;

-- Whether the caller may use a device: its owner, or the bearer of a token of it that counts. Both hold only while the
-- row is there. A definer's function, so that policies may ask without rights on the table, and that another policy by
-- which somebody may see a device does not let him drive it. The policy "own devices are seen" is the same rule.
create or replace function bmc.may_use(device uuid) returns boolean
    language sql stable security definer set search_path = '' as $$
    select exists (
        select 1 from public.devices d
        where d.uuid = device
            and (d.owner = bmc.person()
                or (d.uuid = bmc.token_device() and (d.tokens_from is null or d.tokens_from <= bmc.token_issued())))
    )
$$;

-- Whether the caller's token counts at all: a person's does (Realtime and REST checked it), a device's while it may use
-- its device.
create or replace function bmc.counts() returns boolean
    language sql stable set search_path = '' as $$
    select bmc.person() is not null or bmc.may_use(bmc.token_device())
$$;

-- The policies ask the row's own columns: a row that is being inserted is judged by them before a function could look
-- it up (`insert … returning`, and PostgREST's upsert).
alter table public.devices enable row level security;
drop policy if exists "own devices are seen" on public.devices;
create policy "own devices are seen" on public.devices for select to authenticated using (
    owner = (select bmc.person())
    or (uuid = (select bmc.token_device()) and (tokens_from is null or tokens_from <= (select bmc.token_issued())))
);
-- Only a person registers, renames and removes devices. A refusal (403, 42501) means: the token is a device's, or the
-- uuid is another owner's.
drop policy if exists "owners register devices" on public.devices;
create policy "owners register devices" on public.devices for insert to authenticated
    with check (owner = (select bmc.person()));
drop policy if exists "owners change devices" on public.devices;
create policy "owners change devices" on public.devices for update to authenticated
    using (owner = (select bmc.person())) with check (owner = (select bmc.person()));
drop policy if exists "owners remove devices" on public.devices;
create policy "owners remove devices" on public.devices for delete to authenticated
    using (owner = (select bmc.person()));
-- Supabase grants everything in `public` to everybody.
revoke all on public.devices from public, anon, authenticated;
grant select, delete on public.devices to authenticated;
grant insert (uuid, owner, name, os), update (uuid, owner, name, os, tokens_from, fingerprint)
    on public.devices to authenticated;
grant all on public.devices to service_role;

-- Keeps `tokens_from` honest, no matter who writes: it moves forward only, with a new owner and on a wish (any change
-- of it), and it outlives the row.
create or replace function bmc.guard_device() returns trigger
    language plpgsql security definer set search_path = '' as $$
begin
    if tg_op = 'INSERT' then
        new.tokens_from := greatest(
            new.tokens_from, (select r.tokens_from from bmc.removed_devices r where r.uuid = new.uuid));
        return new;
    end if;
    if tg_op = 'DELETE' then
        insert into bmc.removed_devices as r values (old.uuid, bmc.later_than(old.tokens_from))
            on conflict (uuid) do update set tokens_from = greatest(r.tokens_from, excluded.tokens_from);
        return old;
    end if;
    if new.uuid <> old.uuid then
        raise exception 'a device keeps its uuid: register another' using errcode = 'check_violation';
    end if;
    if new.owner <> old.owner or new.tokens_from is distinct from old.tokens_from then
        new.tokens_from := bmc.later_than(old.tokens_from);
    end if;
    return new;
end $$;
create or replace trigger bmc_guard_device before insert or update or delete on public.devices
    for each row execute function bmc.guard_device();

create or replace function bmc.guard_all_devices() returns trigger
    language plpgsql security definer set search_path = '' as $$
begin
    delete from public.devices;  -- row by row, so that each is remembered
    return null;
end $$;
create or replace trigger bmc_guard_all_devices before truncate on public.devices
    for each statement execute function bmc.guard_all_devices();

-- Tokens of the device that were issued until now do not count any more; the device, its name and its settings stay.
-- For its owner and for service_role. Returns the moment from which on new tokens count. By REST:
-- POST /rest/v1/rpc/withdraw_device_tokens {"p_device_uuid": "…"}.
create or replace function bmc.withdraw_device_tokens(device uuid) returns timestamptz
    language plpgsql volatile security invoker set search_path = '' as $$
declare
    since timestamptz;
begin
    update public.devices d set tokens_from = clock_timestamp() where d.uuid = device returning d.tokens_from into since;
    if since is null then
        raise exception 'there is no device % of yours', device using errcode = 'insufficient_privilege',
            hint = 'Its owner withdraws the tokens of a device; a device token cannot.';
    end if;
    return since;
end $$;
create or replace function public.withdraw_device_tokens(p_device_uuid uuid) returns timestamptz
    language sql volatile security invoker set search_path = '' as $$
    select bmc.withdraw_device_tokens(p_device_uuid)
$$;

-- An account that is removed leaves no device behind, and so no token that counts. Where accounts live elsewhere
-- (another issuer's tokens), remove its rows in `devices` when you remove an account.
create or replace function bmc.forget_account() returns trigger
    language plpgsql security definer set search_path = '' as $$
begin
    if tg_op = 'DELETE' or (to_jsonb(new) ->> 'deleted_at') is not null then
        delete from public.devices d where d.owner = old.id;
    end if;
    return null;
end $$;
do $$
begin
    if to_regclass('auth.users') is not null then
        create or replace trigger bmc_forget_account after delete or update on auth.users
            for each row execute function bmc.forget_account();
    end if;
exception when insufficient_privilege then
    raise warning 'no trigger on auth.users (%): the devices of an account that is removed stay', sqlerrm;
end $$;

-- Settings -----------------------------------------------------------------------------------------------------------

-- Global settings are read by everybody who is signed in, which is everybody who can sign up: no secrets belong there.
create table if not exists public.settings_global (
    key   text primary key,
    value jsonb not null
);
create table if not exists public.settings_device (
    device_uuid uuid not null references public.devices (uuid) on delete cascade,
    key         text not null,
    value       jsonb not null,
    primary key (device_uuid, key)
);
alter table public.settings_global enable row level security;
alter table public.settings_device enable row level security;
drop policy if exists "global settings are read" on public.settings_global;
create policy "global settings are read" on public.settings_global for select to authenticated
    using ((select bmc.counts()));
drop policy if exists "own settings are read" on public.settings_device;
create policy "own settings are read" on public.settings_device for select to authenticated
    using (bmc.may_use(device_uuid));
drop policy if exists "owners write settings" on public.settings_device;
create policy "owners write settings" on public.settings_device for all to authenticated
    using ((select bmc.person()) is not null and bmc.may_use(device_uuid))
    with check ((select bmc.person()) is not null and bmc.may_use(device_uuid));
revoke all on public.settings_global, public.settings_device from public, anon, authenticated;
grant select on public.settings_global to authenticated;
grant select, insert, update, delete on public.settings_device to authenticated;
grant all on public.settings_global, public.settings_device to service_role;

-- The device's own value of a setting, else the global one; null for a device that the caller may not use.
create or replace function public.effective_settings_for_device(p_device_uuid uuid) returns jsonb
    language sql stable security invoker set search_path = '' as $$
    select case when bmc.may_use(p_device_uuid) or current_user = 'service_role' then
        coalesce((select jsonb_object_agg(key, value) from public.settings_global), '{}')
        || coalesce((select jsonb_object_agg(key, value) from public.settings_device
                     where device_uuid = p_device_uuid), '{}')
    end
$$;

-- Channels -----------------------------------------------------------------------------------------------------------

-- Topic                      Who joins                    What is there
-- device:<uuid>              the owner, the device        commands and results; `UPDATE` when the device's row or its
--                                                         settings change; presence
-- devices:<owner>            that owner (a person)        INSERT, UPDATE, DELETE of the owner's devices
-- settings_device:<owner>    that owner (a person)        INSERT, UPDATE, DELETE of their settings: which, not what
-- settings:global            every token that counts      `UPDATE`, empty: global settings changed
-- devices:all                every token that counts      the agents' presence, which service_role alone reads (below)
-- settings_device:all        every token that counts      nothing: an agent may join it, and hears on device:<uuid>
--
-- Everybody who can sign up is a person. Hence nothing about a device is said to persons in general. Where all who sign in are
-- one team, they may see each other's devices as present by a policy of your own:
--
--     create policy "the team sees who is present" on realtime.messages for select to authenticated
--         using (extension = 'presence' and realtime.topic() = 'devices:all' and bmc.person() is not null);
--
-- Realtime asks by inserting a probe row and reading it back, once for each token and channel. Who is joined stays until
-- the socket ends or another token is sent: what is withdrawn here counts at the next join. To end it at once restart
-- Realtime, or change one of its settings in the dashboard: both disconnect everybody.

-- The uuid in `device:<uuid>`, or null for any other topic.
create or replace function bmc.device_of(topic text) returns uuid
    language sql immutable strict set search_path = '' as $$
    select case when starts_with(topic, 'device:') then bmc.uuid_in(substr(topic, 8)) end
$$;

-- The owner in `devices:<owner>` and `settings_device:<owner>`, or null for any other topic.
create or replace function bmc.owner_of(topic text) returns uuid
    language sql immutable strict set search_path = '' as $$
    select case
        when starts_with(topic, 'devices:') then bmc.uuid_in(substr(topic, 9))
        when starts_with(topic, 'settings_device:') then bmc.uuid_in(substr(topic, 17))
    end
$$;

drop policy if exists "bmc: device channels are read" on realtime.messages;
create policy "bmc: device channels are read" on realtime.messages for select to authenticated using (
    extension in ('broadcast', 'presence') and topic = (select realtime.topic()) and bmc.may_use(bmc.device_of(topic))
);
drop policy if exists "bmc: device channels are written" on realtime.messages;
create policy "bmc: device channels are written" on realtime.messages for insert to authenticated with check (
    extension in ('broadcast', 'presence') and topic = (select realtime.topic()) and bmc.may_use(bmc.device_of(topic))
);
drop policy if exists "bmc: owners hear of their devices" on realtime.messages;
create policy "bmc: owners hear of their devices" on realtime.messages for select to authenticated using (
    extension = 'broadcast' and topic = (select realtime.topic()) and bmc.owner_of(topic) = (select bmc.person())
);
-- Only the database speaks there. A join that is refused stops the whole socket of an agent for 5 s, so all of them may
-- be joined.
drop policy if exists "bmc: settings are heard" on realtime.messages;
drop policy if exists "bmc: the fleet is seen" on realtime.messages;
drop policy if exists "bmc: common channels are joined" on realtime.messages;
create policy "bmc: common channels are joined" on realtime.messages for select to authenticated using (
    extension = 'broadcast' and topic = (select realtime.topic())
    and topic in ('settings:global', 'settings_device:all', 'devices:all') and (select bmc.counts())
);
drop policy if exists "bmc: devices are present" on realtime.messages;
create policy "bmc: devices are present" on realtime.messages for insert to authenticated with check (
    extension = 'presence' and topic = (select realtime.topic()) and topic = 'devices:all' and (select bmc.counts())
);

-- Messages that the database sent are stored for three days and can be fetched by everybody who may read their topic.
create or replace function bmc.forget_messages(of_topic text) returns void
    language plpgsql security definer set search_path = '' as $$
begin
    delete from realtime.messages m where m.topic = of_topic;
exception when insufficient_privilege then
    raise warning 'stored messages of % are kept: %', of_topic, sqlerrm;
end $$;
-- An earlier version sent whole rows here.
do $$ begin perform bmc.forget_messages('devices:all'); end $$;

create or replace function bmc.tell_settings() returns trigger
    language plpgsql security definer set search_path = '' as $$
begin
    perform realtime.send('{}'::jsonb, 'UPDATE', 'settings:global', true);
    return null;
end $$;
create or replace trigger bmc_tell_settings after insert or update or delete on public.settings_global
    for each statement execute function bmc.tell_settings();

-- What is shown of a device: no owner, who is nobody else's business when a device changes hands.
create or replace function bmc.shown(device public.devices) returns jsonb
    language sql immutable set search_path = '' as $$
    select case when device.uuid is not null then
        jsonb_build_object('uuid', device.uuid, 'name', device.name, 'os', device.os, 'created_at', device.created_at)
    end
$$;

-- The envelope of a change, as realtime.broadcast_changes makes it.
create or replace function bmc.change(of_table text, operation text, record jsonb, old_record jsonb) returns jsonb
    language sql immutable set search_path = '' as $$
    select jsonb_build_object('operation', operation, 'schema', 'public', 'table', of_table,
                              'record', record, 'old_record', old_record)
$$;

create or replace function bmc.tell_device() returns trigger
    language plpgsql security definer set search_path = '' as $$
declare
    was jsonb := case when tg_op <> 'INSERT' then bmc.shown(old) end;
    is_now jsonb := case when tg_op <> 'DELETE' then bmc.shown(new) end;
    moved boolean := tg_op = 'UPDATE' and new.owner <> old.owner;
begin
    if tg_op = 'DELETE' or moved then
        perform bmc.forget_messages('device:' || old.uuid);
        was := jsonb_build_object('uuid', old.uuid);
    end if;
    if tg_op <> 'INSERT' then
        perform realtime.send(bmc.change('devices', tg_op, is_now, was), 'UPDATE', 'device:' || old.uuid, true);
    end if;
    if moved then
        perform realtime.send(bmc.change('devices', 'DELETE', null, was), 'DELETE', 'devices:' || old.owner, true);
        perform realtime.send(bmc.change('devices', 'INSERT', is_now, null), 'INSERT', 'devices:' || new.owner, true);
    else
        perform realtime.send(bmc.change('devices', tg_op, is_now, was), tg_op,
                              'devices:' || case tg_op when 'DELETE' then old.owner else new.owner end, true);
    end if;
    return null;
end $$;
create or replace trigger bmc_tell_device after insert or delete on public.devices
    for each row execute function bmc.tell_device();
create or replace trigger bmc_tell_device_change after update on public.devices
    for each row when (old.* is distinct from new.*) execute function bmc.tell_device();

-- One message a device and statement, whatever the number of settings. Settings that go with their device are not told.
create or replace function bmc.tell_device_settings() returns trigger
    language plpgsql security definer set search_path = '' as $$
declare
    one record;
begin
    for one in
        select d.uuid, d.owner, jsonb_agg(distinct c.key) as keys
        from changed c join public.devices d on d.uuid = c.device_uuid group by d.uuid, d.owner
    loop
        perform realtime.send(
            bmc.change('settings_device', tg_op, jsonb_build_object('device_uuid', one.uuid, 'keys', one.keys), null),
            told.event, told.topic, true)
        from (values ('UPDATE', 'device:' || one.uuid), (tg_op, 'settings_device:' || one.owner)) told (event, topic);
    end loop;
    return null;
end $$;
create or replace trigger bmc_tell_inserted_settings after insert on public.settings_device
    referencing new table as changed for each statement execute function bmc.tell_device_settings();
create or replace trigger bmc_tell_updated_settings after update on public.settings_device
    referencing new table as changed for each statement execute function bmc.tell_device_settings();
create or replace trigger bmc_tell_deleted_settings after delete on public.settings_device
    referencing old table as changed for each statement execute function bmc.tell_device_settings();

-- Device tokens ------------------------------------------------------------------------------------------------------

create or replace function bmc.base64url(data bytea) returns text
    language sql immutable strict set search_path = '' as $$
    select translate(rtrim(encode(data, 'base64'), '='), E'+/\n', '-_')
$$;

-- A token that joins one device's channel and nothing else, to be handed to `agent --pair --token-stdin`. `secret` is
-- the project's JWT secret (dashboard: project settings, JWT keys; self-hosted: JWT_SECRET). It counts until its time is
-- over, its device is removed or gets another owner, or bmc.withdraw_device_tokens(device) is called; a changed secret
-- ends every token of the project.
create or replace function bmc.mint_device_token(secret text, device uuid, life interval default '90 days') returns text
    language plpgsql volatile security definer set search_path = '' as $$
declare
    signed text;
    issued bigint;
begin
    if coalesce(char_length(secret), 0) < 32 then
        raise exception 'the JWT secret has at least 32 characters';
    end if;
    if coalesce(life, interval '0') < interval '1 second' then
        raise exception 'a token lives for a second at least, not for %', life;
    end if;
    -- Not before the moment from which on the device's tokens count, which may be up to a second ahead.
    select greatest(floor(extract(epoch from clock_timestamp())), ceil(extract(epoch from d.tokens_from))) into issued
        from public.devices d where d.uuid = device;
    if not found then
        raise exception 'there is no device %', device;
    end if;
    signed := bmc.base64url(convert_to('{"alg":"HS256","typ":"JWT"}', 'UTF8')) || '.' || bmc.base64url(convert_to(
        json_build_object(
            'aud', 'authenticated', 'role', 'authenticated', 'sub', device, 'device_uuid', device, 'iat', issued,
            'exp', floor(extract(epoch from to_timestamp(issued) + life))::bigint)::text, 'UTF8'));
    return signed || '.' || bmc.base64url(extensions.hmac(convert_to(signed, 'UTF8'), convert_to(secret, 'UTF8'), 'sha256'));
end $$;

-- Who may call what: PostgreSQL grants every function to everybody, and Supabase those in `public`.
revoke execute on all functions in schema bmc from public, anon, authenticated, service_role;
grant execute on function bmc.person(), bmc.uuid_in(text), bmc.token_device(), bmc.token_issued(), bmc.may_use(uuid),
    bmc.counts(), bmc.device_of(text), bmc.owner_of(text), bmc.withdraw_device_tokens(uuid)
    to authenticated, service_role;
grant execute on function bmc.mint_device_token(text, uuid, interval) to service_role;
revoke execute on function public.effective_settings_for_device(uuid), public.withdraw_device_tokens(uuid)
    from public, anon;
grant execute on function public.effective_settings_for_device(uuid), public.withdraw_device_tokens(uuid)
    to authenticated, service_role;
