{#-
    The reasons to reject a row, in the order given, or null for a sound row.

    Shape      text expression, reasons joined by ', '
    Arguments  rules: {reason: condition under which it applies}
    Nulls      a condition that is null does not apply
    Example    reject_reasons({'missing_time': 'event_at is null'}) -> missing_time
-#}
{% macro reject_reasons(rules) -%}
    nullif(concat_ws(
        ', '
        {%- for reason, condition in rules.items() %},
        case when {{ condition }} then '{{ reason }}' end
        {%- endfor %}
    ), '')
{%- endmacro %}
