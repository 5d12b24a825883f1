-- When each number was first and last heard of, so that its endings lead to the calls of any time: the ids of its calls / 2^39, which is
-- a bit more than six days. {by_key}, {include_heard}: it is read from the key itself.

drop table number_ends;
create table number_ends (
    ending text{exact} not null,
    number text{exact} not null,
    oldest {small} not null,
    newest {small} not null,
    primary key (ending, number){include_heard}
){by_key};
insert into number_ends (ending, number, oldest, newest)
    with recursive places (n) as (select 1 union all select n + 1 from places where n < 30),
        said (number, id) as (select caller_number, id from calls union all select dialled_number, id from calls),
        numbers (number, oldest, newest) as (select number, min(id) / 549755813888, max(id) / 549755813888 from said group by number)
    select substr(number, n), number, oldest, newest from numbers, places where length(number) <= 32 and n <= length(number) - 2
    union all select '', number, oldest, newest from numbers where length(number) > 32 order by 1, 2;
