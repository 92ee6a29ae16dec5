-- Grain: one row per device and moment (visitor_id, prediction_at, available_as_of).
{{ keyed_by('visitor_id', inputs=[{
    'model': 'ftr_moments__visitor',
    'fingerprint': fingerprint(['prediction_at', 'available_as_of']),
}]) }}
{{ calendar_of(ref('ftr_moments__visitor'), 'visitor_id') }}
