-- What people write about calls while they listen, and the searches that they keep.

create table call_notes (
    id         {serial},
    call_id    {big} not null references calls (id) on delete cascade,
    recording  text,                        -- the file id of the recording whose moment is meant
    at_ms      {big},                       -- from its beginning, or that of the call; null: the note is on no moment
    text       text not null,
    author     text not null,
    written_at {big} not null,
    updated_by text not null,
    updated_at {big} not null
){strict};
create index call_notes_by_call on call_notes (call_id, id);

create table call_reviews (
    call_id     {big} primary key references calls (id) on delete cascade,
    reviewer    text not null,
    reviewed_at {big} not null,
    comment     text not null
){strict};

create table saved_searches (
    owner    text not null,
    name     text not null,
    query    text not null,
    saved_at {big} not null,
    primary key (owner, name)
){strict};


-- The figures of the overview: an index that holds all that they need of a call, and what a queue and an agent had of it. By id, not by
-- start: an index of starts would lead SQLite away from ids, by which dates are found (0003).
alter table call_queues add column wait_ms {big};
alter table call_agents add column talk_ms {big};
create index calls_figures on calls (id, started_at, direction, outcome, answered_at, talk_ms, is_recorded);
