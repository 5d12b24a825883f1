-- Moments are bigint microseconds since 1970-01-01 UTC; durations bigint milliseconds; JSON stays in Python (msgpack bytes).
-- {big}, {small}, {blob}, {serial} and {strict} are the words on which the engines differ (db.py, Dialect).

create table clusters (
    id         {serial},
    pbx        text not null,
    first_at   {big} not null,
    last_at    {big} not null,
    is_closed  {small} not null default 0,
    archive    {blob}                       -- events of a closed cluster: zstd of msgpack; null while it is open
){strict};
create index clusters_open on clusters (pbx, last_at) where is_closed = 0;

-- What makes events belong together: unique ids, bridges, a phone's hold (interpret.ties).
create table ties (
    pbx        text not null,
    tie        text not null,
    from_at    {big} not null,
    to_at      {big} not null,
    cluster_id {big} not null references clusters (id),
    primary key (pbx, tie, from_at, cluster_id)
){strict};
create index ties_by_cluster on ties (cluster_id);

create table events (
    cluster_id {big} not null references clusters (id),
    digest     {blob} not null,
    body       {blob} not null,
    primary key (cluster_id, digest)
){strict};

create table pbx_starts (
    pbx text not null,
    at  {big} not null,
    primary key (pbx, at)
){strict};

create table calls (
    id             {big} primary key,
    pbx            text not null,
    linked_id      text not null,
    run            {big} not null,
    cluster_id     {big},
    started_at     {big} not null,
    answered_at    {big},
    ended_at       {big},
    direction      text not null,
    outcome        text not null,
    status         text not null,
    caller_number  text not null,
    dialled_number text not null,
    talk_ms        {big},
    is_recorded    {small} not null default 0,
    consultation_of {big},
    body           {blob} not null,
    updated_at     {big} not null,
    unique (pbx, linked_id, run)
){strict};
create index calls_by_cluster on calls (cluster_id);
create index calls_by_end on calls (ended_at);
create index calls_by_caller on calls (caller_number, id);
create index calls_by_dialled on calls (dialled_number, id);

create table call_legs (
    call_id   {big} not null references calls (id) on delete cascade,
    position  {big} not null,
    unique_id text not null,
    interface text not null,
    seen_as   text not null,                -- emitted, answered, missed, ongoing: history; '' for ids alone
    is_last   {small} not null,             -- 0: an attended transfer moved this channel to another call, which has it too
    primary key (call_id, position)
){strict};
create index call_legs_by_unique_id on call_legs (unique_id);
create index call_legs_by_interface on call_legs (interface, call_id) where seen_as <> '';

create table call_agents (
    call_id    {big} not null references calls (id) on delete cascade,
    position   {big} not null,
    agent      text not null,
    talked_at  {big},                      -- null: he only rang, or called himself
    seen_as    text not null,               -- for his history, as in call_legs
    caller_key text not null,               -- the calling number however it was written (numbers.canonical)
    primary key (call_id, position)
){strict};
create index call_agents_by_agent on call_agents (agent, call_id);
create index call_agents_by_caller on call_agents (caller_key, talked_at) where talked_at is not null;

create table call_queues (
    call_id  {big} not null references calls (id) on delete cascade,
    position {big} not null,
    queue    text not null,
    outcome  text not null,
    primary key (call_id, position)
){strict};
create index call_queues_by_queue on call_queues (queue, call_id);
create index call_queues_by_outcome on call_queues (outcome, call_id);

create table attached_data (
    id         {serial},
    call_id    {big} not null references calls (id) on delete cascade,
    key        text not null,
    value      text,                        -- null: removed
    value_key  text not null,               -- the value's first 64 characters and its hash: a B-tree row cannot hold 64 KiB
    at         {big} not null,
    actor      text,                        -- null: the PBX said it
    is_current {small} not null
){strict};
create index attached_data_by_call on attached_data (call_id, id);
create index attached_data_by_value on attached_data (key, value_key, call_id) where is_current = 1;
create index attached_data_by_key on attached_data (key, call_id) where is_current = 1;

create table recordings (
    id           text primary key,          -- the file id
    call_id      {big} references calls (id) on delete set null,
    pbx          text not null,
    source       text not null default '',  -- how its call knows of it: announced, started; '' for a file found by name
    unique_id    text not null default '',  -- epoch.counter in its name, by which it is matched when no call speaks of it
    clashes_with text,                      -- the file id that other bytes had taken before
    position     {big} not null default 0,  -- its place among the recordings of its call
    state        text not null,
    flaws        text not null default '',  -- comma-separated
    started_at   {big},
    muted        text not null default '',  -- JSON of [[from_s, to_s], …]
    duration_ms  {big},
    channels     {big},
    format       text,
    bytes        {big},
    sha256       text,
    media_key    text,
    peaks        {blob},
    source_path  text not null default '',
    source_mtime {big},                     -- with path and size: the same file as last time
    stored_at    {big},
    updated_at   {big} not null
){strict};
create index recordings_by_call on recordings (call_id, position, id);
create index recordings_by_unique_id on recordings (pbx, unique_id);
create index recordings_by_clash on recordings (clashes_with);
create index recordings_unmatched on recordings (id) where call_id is null;

create table access_log (
    id        {serial},
    at        {big} not null,
    actor     text not null,
    action    text not null,                -- listen, download, metadata, peaks …
    file_id   text not null,
    call_id   {big},
    address   text not null,
    outcome   text not null                 -- ok, or the code of the refusal
){strict};
create index access_log_by_file on access_log (file_id, actor, at);
create index access_log_by_time on access_log (at);

create table agents (
    number text primary key, name text not null, firstname text not null, lastname text not null,
    interface text not null, display_name text not null, folded text not null, is_seen {small} not null
){strict};
create table queues (
    number text not null, name text primary key, firstname text not null, lastname text not null,
    interface text not null, display_name text not null, folded text not null, is_seen {small} not null
){strict};
create index queues_by_number on queues (number);
create table users (
    number text primary key, name text not null, firstname text not null, lastname text not null,
    interface text not null, display_name text not null, folded text not null, is_seen {small} not null
){strict};
create index users_by_interface on users (interface);

create table api_keys (
    id         {serial},
    name       text not null,
    sha256     text not null unique,
    rights     text not null,
    created_at {big} not null,
    revoked_at {big}
){strict};

create table sources (
    pbx      text not null,
    source   text not null,
    path     text not null,
    position {big} not null,
    read_at  {big} not null,
    primary key (pbx, source, path)
){strict};

create table unreadable (
    id       {serial},
    pbx      text not null,
    source   text not null,
    path     text not null,
    position {big} not null,
    text     text not null,
    reason   text not null,
    zone     text not null,                 -- of its local times, to read it again
    seen_at  {big} not null,
    unique (pbx, source, path, position)
){strict};
