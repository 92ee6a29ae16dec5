-- Grain: one row per customer account (customer_id), as it stands now.
with fed as (

    {{ union_feeds('int_customers', {
        'customer_id': 'varchar',
        'source': 'varchar',
        'country': 'varchar',
        'registered_at': 'timestamp',
        'available_at': 'timestamp',
    }) }}

)

select * from fed
