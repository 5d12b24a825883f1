-- Indexes by which a search finds few among many. {exact}: characters are compared one by one, so that a beginning is a range.

drop index calls_by_caller;
drop index calls_by_dialled;
create index calls_by_caller on calls (caller_number{exact}, id);
create index calls_by_dialled on calls (dialled_number{exact}, id);

-- A call's number grows with its start, so dates are a range of ids: but for these few, which are looked up.
create index calls_numbered_early on calls (id) where id / 1024 - started_at / 1000 < -60000;
create index calls_numbered_late on calls (id) where id / 1024 - started_at / 1000 > 60000;
create index calls_long on calls (ended_at) where ended_at - started_at > 14400000000;

-- Every number that any call had, under each of its endings of three characters and more: what a number ends with or has in its
-- middle is then the beginning of an ending. A number of more than 32 characters stands under '' alone.
create table number_ends (
    ending text{exact} not null,
    number text{exact} not null,
    primary key (ending, number)
){strict};
insert into number_ends (ending, number)
    with recursive places (n) as (select 1 union all select n + 1 from places where n < 30),
        numbers (number) as (select caller_number from calls union select dialled_number from calls)
    select substr(number, n), number from numbers, places where length(number) <= 32 and n <= length(number) - 2
    union all select '', number from numbers where length(number) > 32;
