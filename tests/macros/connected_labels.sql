-- A chain named against its order, a ring, a star, an edge twice, a loop; a null end joins nothing.
-- The linter does not know the recursion of `connected_labels`.
-- sqlfluff:ignore:parsing
with edges (left_node, right_node) as (  -- noqa: ST03

    values
    ('c', 'd'),
    ('b', 'c'),
    ('a', 'b'),
    ('h', 'f'),
    ('f', 'g'),
    ('g', 'h'),
    ('z', 'm'),
    ('z', 'n'),
    ('z', 'n'),
    ('s', 's'),
    ('a', null),
    (null, 'm')

),

expected (node, label) as (

    values
    ('a', 'a'),
    ('b', 'a'),
    ('c', 'a'),
    ('d', 'a'),
    ('f', 'f'),
    ('g', 'f'),
    ('h', 'f'),
    ('m', 'm'),
    ('n', 'm'),
    ('z', 'm'),
    ('s', 's')

),

actual as (

    {{ connected_labels('edges') }}

)

select
    coalesce(actual.node, expected.node) as node,
    actual.label,
    expected.label as expected_label
from actual
full outer join expected on actual.node = expected.node
where actual.label is distinct from expected.label
