-- People who sign in, what they and keys are given to see, and who changed what.

create table accounts (
    id           {serial},
    name         text not null unique,      -- in small letters
    full_name    text not null,
    profile      text not null,             -- administrator, supervisor, teacher, agent
    scope        text not null,             -- JSON: queues and agents as they were given, from, to (access.Scope)
    password     text,                      -- argon2; null: signs in elsewhere
    language     text not null,
    is_disabled  {small} not null default 0,
    created_at   {big} not null,
    signed_in_at {big}
){strict};

create table sessions (
    sha256     text primary key,
    account_id {big} not null references accounts (id) on delete cascade,
    created_at {big} not null,
    seen_at    {big} not null,
    address    text not null
){strict};
create index sessions_by_account on sessions (account_id);
create index sessions_by_age on sessions (created_at);

-- What slows guessing down. A subject is an account, an address, or an account at an address from which it has signed in before;
-- hashed, since people type passwords into the field for names.
create table sign_in_failures (
    subject  text primary key,
    failures {big} not null,
    last_at  {big} not null
){strict};
create index sign_in_failures_by_age on sign_in_failures (last_at);

alter table api_keys add column scope text not null default '';

alter table access_log add column subject text not null default '';
create index access_log_by_actor on access_log (actor, id);
create index access_log_by_call on access_log (call_id, id);
