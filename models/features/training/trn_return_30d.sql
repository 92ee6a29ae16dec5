-- Grain: one row per sold order of an account whose label is known (customer_id, order_id).
{{ training_set('return_30d') }}
