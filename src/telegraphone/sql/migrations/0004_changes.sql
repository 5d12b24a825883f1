-- What happened, for those who want to hear of it: written in the transaction that changed something, kept for some days.

create table changes (
    id      {serial},                       -- in the order of the commits: sql/server/changes.py sees to that
    at      {big} not null,
    kind    text not null,
    pbx     text not null,
    call_id {big},                          -- no reference: a call may turn out to be part of another one
    facts   text not null                   -- JSON: what this kind has more
){strict};
create index changes_by_time on changes (at);

-- Those that wait for their audio: few, and the job that finds the missing ones looks at no others.
create index recordings_expected on recordings (call_id) where state = 'expected';
