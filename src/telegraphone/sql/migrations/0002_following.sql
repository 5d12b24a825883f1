-- Where a follower goes on in its source (ingest/follow_files.py, follow_tables.py), and who may read it now.

alter table sources add column state {blob};

create table leases (
    name   text primary key,
    holder text not null,
    until  {big} not null
){strict};
