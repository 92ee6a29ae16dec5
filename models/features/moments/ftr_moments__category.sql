-- Grain: one row per category and moment at which a spine wants features of a product that was
-- known to be of it (category, prediction_at, available_as_of).
{{ moments_of_categories(ref('ftr_moments__product')) }}
