-- Who is told of changes by HTTP, and each message to him.

create table webhooks (
    id            {serial},
    url           text not null,
    kinds         text not null,            -- comma-separated
    secret        text not null,            -- it signs, so it cannot be kept as a hash
    created_at    {big} not null,
    is_on         {small} not null default 1,
    reason        text not null default '', -- why it is off
    after_id      {big} not null,           -- deliveries were made of all changes up to this one
    failures      {big} not null default 0, -- in a row
    resting_until {big} not null default 0
){strict};

create table deliveries (
    id         {serial},
    webhook_id {big} not null references webhooks (id) on delete cascade,
    message    text not null,               -- the receiver's id of it: the same at each try
    kind       text not null,
    body       text not null,
    made_at    {big} not null,
    state      text not null default 'waiting',
    attempts   {big} not null default 0,
    next_at    {big} not null,
    held_until {big} not null default 0,    -- whoever sends it now has so long
    tried_at   {big},
    status     {big},                       -- of the last answer; null: there was none
    answer     text not null default ''     -- its first bytes, or why there was none
){strict};
create index deliveries_waiting on deliveries (webhook_id, next_at) where state = 'waiting';
create index deliveries_by_webhook on deliveries (webhook_id, id);
create index deliveries_by_time on deliveries (made_at);
