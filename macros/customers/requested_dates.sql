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
    {%- for day in days -%} {%- do footfall._require_day(name, day | string) -%} {%- endfor -%}
    {%- for day in days %}
    select cast('{{ day }}' as date) as as_of
    {{- '\n    union all' if not loop.last }}
    {%- else %}
    select cast(null as date) as as_of
    where false
    {%- endfor %}
{%- endmacro %}

{% macro _require_day(name, day) -%}
    {%- set parts = modules.re.fullmatch('([0-9]{4})-(0[1-9]|1[0-2])-([0-9]{2})', day) -%}
    {%- set sound = namespace(day=false) -%}
    {%- if parts -%}
        {%- set year, month = parts[1] | int, parts[2] | int -%}
        {%- set length = 31 if month in (1, 3, 5, 7, 8, 10, 12) else 30 if month != 2 else
            29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28 -%}
        {%- set sound.day = year > 0 and 1 <= parts[3] | int <= length -%}
    {%- endif -%}
    {%- if not sound.day -%}
        {{ exceptions.raise_compiler_error(name ~ ': each entry must be a day such as 2026-03-31, got ' ~ day) }}
    {%- endif -%}
{%- endmacro %}
