-- Grain: one row per product of a device's event (event_id, item_number).
{{ products_of_events(
    'visitor_id is not null and not is_bot_by_agent and not is_internal',
    ['visitor_id', 'event_type', 'event_on', 'event_at', 'available_at', 'bot_known_at']
) }}
