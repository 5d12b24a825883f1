-- Files whose bytes had been kept from elsewhere (an upload, another place) when they were read: by size and time they are known again.

create table copies (
    path  text primary key,
    bytes {big} not null,
    mtime {big} not null,                   -- nanoseconds, as source_mtime
    id    text not null references recordings (id) on delete cascade
){strict};
create index copies_by_id on copies (id);
