{#-
    The last moment at which something may have become known to be used in a prediction.

    Shape      timestamp expression
    Units      var decision_lag_minutes, whole minutes from 0
    Errors     decision_lag_minutes must be a whole number from 0, got <value>
    Example    predicted at 00:00, decided two hours later -> 02:00
-#}
{% macro available_as_of(prediction_at) -%}
    ({{ prediction_at }} + {{ footfall.decision_lag() }})
{%- endmacro %}
