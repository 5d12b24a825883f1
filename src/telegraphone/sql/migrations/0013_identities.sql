-- Who signs in by another server: known by what that server never gives to anybody else, and whether its groups say what is given here.

alter table accounts add column identity text;
alter table accounts add column is_granted {small} not null default 0;
create unique index accounts_by_identity on accounts (identity);
