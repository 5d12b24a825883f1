-- What was last told to be wrong with a recording: its flaws, or that it is empty.

alter table recordings add column told text not null default '';
