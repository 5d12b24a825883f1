-- How few calls were numbered early or late, or lasted for hours. Without statistics of these expressions a planner takes each such condition
-- for a third of all calls, and may read all of them to find the few that have an index of their own.

create statistics calls_off_their_number on (id / 1024 - started_at / 1000) from calls;
create statistics calls_durations on (ended_at - started_at) from calls;
analyze calls;
