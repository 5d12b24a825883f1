-- Times of which a source that keeps nothing (the manager's stream) could bring nothing.

create table gaps (
    id        {serial},
    pbx       text not null,
    source    text not null,
    path      text not null,
    from_at   {big} not null,
    to_at     {big} not null,
    closed_by text not null,                -- the path or URL of a log that has what is missing; '' if there is none
    unique (pbx, source, path, from_at)
){strict};
create index gaps_by_time on gaps (to_at);
