-- One text, several, and none at all, which nothing is in.
with cases (event_type, in_one, in_two, in_none) as (

    values
    ('purchase', true, true, false),
    ('view_item', false, true, false),
    ('', false, false, false),
    ('view_item'', ''purchase', false, false, false)

)

select *
from cases
where
    (event_type in ({{ quoted_list(['purchase']) }})) is distinct from in_one
    or (event_type in ({{ quoted_list(['view_item', 'purchase']) }})) is distinct from in_two
    or coalesce(event_type in ({{ quoted_list([]) }}), false) is distinct from in_none
