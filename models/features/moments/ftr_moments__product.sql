-- Grain: one row per product and moment at which a spine wants its features (product_id,
-- prediction_at, available_as_of).
{{ moments_of(['product_id']) }}
