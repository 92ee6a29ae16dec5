-- Every column of the row is there under its own name, quotes and nulls unharmed.
with sent (invoice_no, description, quantity) as (

    values
    ('536365', 'A "white" heart', '6'),
    ('536366', null, '')

),

cases (invoice_no, expected_description, expected_quantity) as (

    values
    ('536365', 'A "white" heart', '6'),
    ('536366', null, '')

),

written as (

    select {{ row_as_json('sent') }} as record from sent

),

read_back as (

    select
        record,
        {{ json_text('record', 'invoice_no') }} as invoice_no,
        {{ json_text('record', 'description') }} as actual_description,
        {{ json_text('record', 'quantity') }} as actual_quantity
    from written

),

results as (

    select
        cases.*,
        read_back.record,
        read_back.actual_description,
        read_back.actual_quantity
    from cases
    left join read_back on cases.invoice_no = read_back.invoice_no

)

select *
from results
where
    actual_description is distinct from expected_description
    or actual_quantity is distinct from expected_quantity
