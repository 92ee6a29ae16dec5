-- Grain: one row per device and moment (visitor_id, prediction_at, available_as_of).
{{ calendar_of(ref('ftr_moments__visitor'), ['visitor_id']) }}
