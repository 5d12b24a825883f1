-- What was told as missing and has not come since, and how far a job went through the calls.

create table missing (
    call_id {big} not null references calls (id) on delete cascade,
    file_id text not null,                  -- '': nothing was announced, and the policy wants a recording
    told_at {big} not null,
    primary key (call_id, file_id)
){strict};
create index missing_by_time on missing (told_at);

create table positions (
    name text primary key,                  -- of what goes on there
    at   {big} not null,                    -- the end of the last call that it has seen
    id   {big} not null                     -- and its number: several may end at once
){strict};

-- Calls without a recording by their end, or where nobody told that by their start.
create index calls_unrecorded on calls (coalesce(ended_at, started_at), id) where is_recorded = 0;
