-- What nobody knows is told with how many rows bear it; a null and what `where` leaves out name
-- nothing, and of a thing known twice one is enough.
with given (customer_id, original_id, kind) as (

    values
    ('C1', 'C1', 'account'),
    ('C2', 'C9', 'account'),
    ('C2', null, 'account'),
    (null, 'C1', 'account'),
    ('G1', 'C1', 'guest')

),

customers (customer_id) as (

    values ('C1'), ('C1'), ('C3')

),

expected (column_name, unknown_value, row_count) as (

    values ('customer_id', 'C2', 2), ('original_id', 'C9', 1)

),

found as (

    {{ test_references('given', [
        {'name': 'customer_id', 'to': 'customers', 'where': "kind = 'account'"},
        {'name': 'original_id', 'to': 'customers', 'field': 'customer_id'},
    ]) }}

)

select
    expected.column_name as expected_column,
    expected.unknown_value as expected_value,
    expected.row_count as expected_count,
    found.*
from expected
full outer join found
    on
        expected.column_name = found.column_name
        and expected.unknown_value = found.unknown_value
        and expected.row_count = found.row_count
where expected.column_name is null or found.column_name is null
