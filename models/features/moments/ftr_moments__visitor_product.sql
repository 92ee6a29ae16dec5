-- Grain: one row per pair and moment at which a spine wants its features (visitor_id, product_id,
-- prediction_at, available_as_of).
{{ moments_of(['visitor_id', 'product_id']) }}
