-- How the things that we depend on are: written by who looks at them, read by every worker that is asked.

create table conditions (
    kind    text not null,                  -- source, media, disk, count
    name    text not null,                  -- which of them
    state   text not null,
    reason  text not null,
    since   {big} not null,                 -- when the state began
    seen_at {big} not null,                 -- when it was last looked at
    facts   text not null,                  -- JSON: numbers
    primary key (kind, name)
){strict};

alter table webhooks add column taken {big} not null default 0;
alter table webhooks add column given_up {big} not null default 0;
alter table webhooks add column failed_tries {big} not null default 0;
