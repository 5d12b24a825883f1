-- Calls of one direction and outcome, and those that are recorded, in the order of their ids: a page of them is the end of an index.
create index calls_by_kind on calls (direction, outcome, id);
create index calls_recorded on calls (id) where is_recorded = 1;

-- What an agent's list and history look at stands in the index itself, which holds no row that they pass over.
drop index call_agents_by_agent;
create index call_agents_by_agent on call_agents (agent, call_id, talked_at, seen_as);

-- No question looks for a call by its end alone.
drop index calls_by_end;
