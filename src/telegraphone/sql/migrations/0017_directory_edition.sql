-- The directory has an edition, which changes with what people put there: a process that knows it need not read the names of queues and
-- agents again for each call that it reads. {random}: no two stores have the same.

create table directory_editions (
    edition text not null primary key
){strict};
insert into directory_editions (edition) values ({random});
