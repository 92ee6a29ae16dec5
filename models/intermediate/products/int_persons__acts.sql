-- Grain: one row per product that a person looked at or put into the cart (event_id, item_number).
{{ products_of_events(
    "event_type in ('view_item', 'add_to_cart') and " ~ is_shopper(),
    ['person_id_current', 'event_type', 'source_seq', 'event_rank', 'event_on', 'event_at']
) }}
