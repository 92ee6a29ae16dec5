-- Grain: one row per visitor and moment at which a spine wants its features (visitor_id,
-- prediction_at, available_as_of).
{{ moments_of(['visitor_id']) }}
