-- Grain: one row per account and moment (customer_id, prediction_at, available_as_of).
{{ keyed_by('customer_id', inputs=[{
    'model': 'ftr_moments__customer',
    'fingerprint': fingerprint(['prediction_at', 'available_as_of']),
}]) }}
{{ calendar_of(ref('ftr_moments__customer'), 'customer_id') }}
