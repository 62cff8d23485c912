-- A fleet of one's own on Supabase (cloud or self-hosted) in place of Busymate: tables, row-level security for the
-- channels, and device tokens. Run it once as the database's owner (SQL editor, or psql); running it again changes nothing.
-- What it promises is tested by tests/supabase/run.

create extension if not exists pgcrypto with schema extensions;
create schema if not exists bmc;
grant usage on schema bmc to anon, authenticated, service_role;

-- Devices ------------------------------------------------------------------------------------------------------------

create table if not exists public.devices (
    uuid       uuid primary key,
    owner      uuid not null default auth.uid(),
    name       text not null check (char_length(name) between 1 and 200),
    os         text,
    created_at timestamptz not null default now(),
    unique (owner, name)
);

-- Whether the caller may use a device: its owner, or the bearer of a token minted for it. A function of its own, and a
-- definer's, so that the policies of other tables may ask without rights on this one.
create or replace function bmc.may_use(device uuid) returns boolean
    language sql stable security definer set search_path = '' as $$
    select device is not null and (
        (auth.jwt() ->> 'device_uuid') = device::text
        or (
            (auth.jwt() ->> 'device_uuid') is null
            and exists (select 1 from public.devices d where d.uuid = device and d.owner = auth.uid())
        )
    )
$$;

alter table public.devices enable row level security;
drop policy if exists "own devices are seen" on public.devices;
create policy "own devices are seen" on public.devices for select to authenticated using (bmc.may_use(uuid));
-- Only a person registers, renames and removes devices: a device token is for its channel.
drop policy if exists "owners register devices" on public.devices;
create policy "owners register devices" on public.devices for insert to authenticated
    with check (owner = auth.uid() and (auth.jwt() ->> 'device_uuid') is null);
drop policy if exists "owners change devices" on public.devices;
create policy "owners change devices" on public.devices for update to authenticated
    using (owner = auth.uid() and (auth.jwt() ->> 'device_uuid') is null)
    with check (owner = auth.uid());
drop policy if exists "owners remove devices" on public.devices;
create policy "owners remove devices" on public.devices for delete to authenticated
    using (owner = auth.uid() and (auth.jwt() ->> 'device_uuid') is null);
grant select, insert, update, delete on public.devices to authenticated, service_role;

-- Settings -----------------------------------------------------------------------------------------------------------

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
create policy "global settings are read" on public.settings_global for select to authenticated using (true);
drop policy if exists "own settings are read" on public.settings_device;
create policy "own settings are read" on public.settings_device for select to authenticated
    using (bmc.may_use(device_uuid));
drop policy if exists "owners write settings" on public.settings_device;
create policy "owners write settings" on public.settings_device for all to authenticated
    using (bmc.may_use(device_uuid) and (auth.jwt() ->> 'device_uuid') is null)
    with check (bmc.may_use(device_uuid) and (auth.jwt() ->> 'device_uuid') is null);
grant select on public.settings_global to authenticated;
grant select, insert, update, delete on public.settings_device to authenticated;
grant all on public.settings_global, public.settings_device to service_role;

-- The device's own value of a setting, else the global one; null for a device that the caller may not use.
create or replace function public.effective_settings_for_device(p_device_uuid uuid) returns jsonb
    language sql stable security invoker set search_path = '' as $$
    select case when bmc.may_use(p_device_uuid) then
        coalesce((select jsonb_object_agg(key, value) from public.settings_global), '{}')
        || coalesce((select jsonb_object_agg(key, value) from public.settings_device
                     where device_uuid = p_device_uuid), '{}')
    end
$$;
revoke execute on function public.effective_settings_for_device(uuid) from public, anon;
grant execute on function public.effective_settings_for_device(uuid) to authenticated, service_role;

-- Channels -----------------------------------------------------------------------------------------------------------

-- The uuid in `device:<uuid>`, or null for any other topic.
create or replace function bmc.device_of(topic text) returns uuid
    language sql immutable strict set search_path = '' as $$
    select case
        when topic ~ '^device:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
        then substr(topic, 8)::uuid
    end
$$;

-- Realtime asks by inserting a probe row and reading it back, once for each token and channel.
drop policy if exists "bmc: device channels are read" on realtime.messages;
create policy "bmc: device channels are read" on realtime.messages for select to authenticated
    using (extension in ('broadcast', 'presence') and bmc.may_use(bmc.device_of((select realtime.topic()))));
drop policy if exists "bmc: device channels are written" on realtime.messages;
create policy "bmc: device channels are written" on realtime.messages for insert to authenticated
    with check (extension in ('broadcast', 'presence') and bmc.may_use(bmc.device_of((select realtime.topic()))));
-- Everybody hears that settings changed; only the database says so.
drop policy if exists "bmc: settings are heard" on realtime.messages;
create policy "bmc: settings are heard" on realtime.messages for select to authenticated
    using (extension = 'broadcast' and (select realtime.topic()) = 'settings:global');
-- Presence of the fleet, one room for each project: whoever is signed in sees it and may stand in it.
drop policy if exists "bmc: the fleet is seen" on realtime.messages;
create policy "bmc: the fleet is seen" on realtime.messages for select to authenticated
    using (extension in ('broadcast', 'presence') and (select realtime.topic()) = 'devices:all');
drop policy if exists "bmc: devices are present" on realtime.messages;
create policy "bmc: devices are present" on realtime.messages for insert to authenticated
    with check (extension = 'presence' and (select realtime.topic()) = 'devices:all');

-- What changes in the tables is said on the channels.
create or replace function bmc.tell_settings() returns trigger
    language plpgsql security definer set search_path = '' as $$
begin
    perform realtime.send('{}'::jsonb, 'UPDATE', 'settings:global', true);
    return null;
end $$;
drop trigger if exists bmc_tell_settings on public.settings_global;
create trigger bmc_tell_settings after insert or update or delete on public.settings_global
    for each statement execute function bmc.tell_settings();

create or replace function bmc.tell_device() returns trigger
    language plpgsql security definer set search_path = '' as $$
begin
    perform realtime.broadcast_changes('devices:all', tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
    if tg_op = 'UPDATE' then
        perform realtime.broadcast_changes('device:' || new.uuid, tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
    end if;
    return null;
end $$;
drop trigger if exists bmc_tell_device on public.devices;
create trigger bmc_tell_device after insert or update or delete on public.devices
    for each row execute function bmc.tell_device();

-- Device tokens ------------------------------------------------------------------------------------------------------

create or replace function bmc.base64url(data bytea) returns text
    language sql immutable strict set search_path = '' as $$
    select translate(rtrim(encode(data, 'base64'), '='), E'+/\n', '-_')
$$;

-- A token that joins one device's channel and nothing else, to be handed to `agent --pair --token-stdin`. `secret` is
-- the project's JWT secret (dashboard: project settings, JWT keys; self-hosted: JWT_SECRET). To withdraw a token before
-- its time, remove the device or change the secret.
create or replace function bmc.mint_device_token(secret text, device uuid, life interval default '90 days') returns text
    language plpgsql stable security definer set search_path = '' as $$
declare
    signed text;
begin
    if char_length(secret) < 32 then
        raise exception 'the JWT secret has at least 32 characters';
    end if;
    if not exists (select 1 from public.devices d where d.uuid = device) then
        raise exception 'there is no device %', device;
    end if;
    signed := bmc.base64url(convert_to('{"alg":"HS256","typ":"JWT"}', 'UTF8')) || '.' || bmc.base64url(convert_to(
        json_build_object(
            'aud', 'authenticated', 'role', 'authenticated', 'sub', device, 'device_uuid', device,
            'iat', floor(extract(epoch from now()))::bigint,
            'exp', floor(extract(epoch from now() + life))::bigint)::text, 'UTF8'));
    return signed || '.' || bmc.base64url(extensions.hmac(convert_to(signed, 'UTF8'), convert_to(secret, 'UTF8'), 'sha256'));
end $$;
revoke execute on function bmc.mint_device_token(text, uuid, interval) from public, anon, authenticated;
grant execute on function bmc.mint_device_token(text, uuid, interval) to service_role;
