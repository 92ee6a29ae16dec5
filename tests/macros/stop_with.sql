-- Only a row that reaches it ends the query.
select {{ stop_with("'never: ' || op") }} as is_told
from (select 'equals' as op) as cases
where case when op = 'equals' then false else {{ stop_with("'never: ' || op") }} end
