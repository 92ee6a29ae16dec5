-- Grain: one row per customer and moment at which a spine wants its features (customer_id,
-- prediction_at, available_as_of).
{{ moments_of(['customer_id']) }}
