-- md5('a') begins 0cc175b9, md5('') d41d8cd9, md5('ü') c03410a5: above 2^31, too.
with cases (given, buckets_16, buckets_1000) as (

    values
    ('a', 9, 177),
    ('', 9, 393),
    ('ü', 5, 605),
    (null, null, null)

),

results as (

    select
        *,
        {{ hash_bucket('given', 16) }} as actual_16,
        {{ hash_bucket('given', 1000) }} as actual_1000
    from cases

)

select *
from results
where
    actual_16 is distinct from buckets_16
    or actual_1000 is distinct from buckets_1000
