-- Grain: one row per account and moment (customer_id, prediction_at, available_as_of).
{{ calendar_of(ref('ftr_moments__customer'), ['customer_id']) }}
