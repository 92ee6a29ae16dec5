{#-
    Where a task's validation and test begin and end.

    Shape      select list: valid_from, test_from, test_to; an aggregate over the rows that are split
    Arguments  split: the task's, of checked_splits; prediction_at: timestamp expression
    Nulls      null without rows
    Source     DEFINITIONS.md, section 24; by default the last `test_days` end with the last row
    Example    last row at 03-29, 14 and 14 days -> the microseconds after 03-01, 03-15 and 03-29
-#}
{% macro split_bounds(split, prediction_at) -%}
    {%- if split.test_to is not none -%}
        {%- for bound in ['valid_from', 'test_from', 'test_to'] -%}
        max(timestamp '{{ split[bound] }}') as {{ bound }}{{ ',\n        ' if not loop.last }}
        {%- endfor -%}
    {%- else -%}
        {%- set test_to = 'max(' ~ prediction_at ~ ") + interval '1 microsecond'" -%}
        {{ test_to }} - interval '{{ split.valid_days + split.test_days }} days' as valid_from,
        {{ test_to }} - interval '{{ split.test_days }} days' as test_from,
        {{ test_to }} as test_to
    {%- endif -%}
{%- endmacro %}
