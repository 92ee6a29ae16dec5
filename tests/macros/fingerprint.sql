-- Equal rows have one number; any other value, also a null, another order or another name of
-- columns, another.
with rows_of_two as (

    select
        1 as id,
        'a' as first_text,
        'b' as second_text
    union all
    select
        2 as id,
        'a' as first_text,
        'b' as second_text
    union all
    select
        3 as id,
        'b' as first_text,
        'a' as second_text
    union all
    select
        4 as id,
        null as first_text,
        'b' as second_text
    union all
    select
        5 as id,
        '' as first_text,
        'b' as second_text

),

texts as (

    select
        first_text,
        second_text
    from rows_of_two

),

renamed as (

    select
        first_text as first_word,
        second_text
    from texts

),

numbered as (

    select
        id,
        {{ fingerprint(['first_text', 'second_text']) }} as number
    from rows_of_two

),

counted as (

    select
        (select count(distinct number) from numbered) as by_columns,
        (select count(distinct {{ fingerprint(['texts.*']) }}) from texts) as by_row,
        (select count(distinct {{ fingerprint(['rows_of_two.*']) }}) from rows_of_two) as with_id,
        (
            select count(*)
            from (select {{ fingerprint(['texts.*']) }} as number from texts) as old
            inner join (select {{ fingerprint(['renamed.*']) }} as number from renamed) as new
                on old.number = new.number
        ) as equal_renamed,
        (
            select count(*)
            from numbered
            inner join numbered as other on numbered.number = other.number
            where numbered.id = 1 and other.id = 2
        ) as equal

)

select * from counted
where by_columns <> 4 or by_row <> 4 or with_id <> 5 or equal <> 1 or equal_renamed <> 0
