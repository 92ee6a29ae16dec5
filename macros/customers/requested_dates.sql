{#-
    The days of a var as a relation with one column, `as_of`.

    Shape      a whole query, no rows for an empty list
    Arguments  name: a var, a list of ISO days
    Errors     <name>: each entry must be a day such as 2026-03-31, got <entry>
    Example    as_of_dates: ["2011-12-10"] -> one row, 2011-12-10
-#}
{% macro requested_dates(name) -%}
    {%- set days = var(name) -%}
    {%- if days is string or days is not iterable -%} {%- set days = [days] -%} {%- endif -%}
    {%- for day in days if not footfall.is_day(day | string) -%}
        {{ exceptions.raise_compiler_error(name ~ ': each entry must be a day such as 2026-03-31, got ' ~ day) }}
    {%- endfor -%}
    {%- for day in days %}
    select cast('{{ day }}' as date) as as_of
    {{- '\n    union all' if not loop.last }}
    {%- else %}
    select cast(null as date) as as_of
    where false
    {%- endfor %}
{%- endmacro %}
