-- Grain: one row per row of trn_return_30d (customer_id, order_id).
{{ transformed_training_set('return_30d') }}
