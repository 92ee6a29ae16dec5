{#-
    One number that differs where any of the values differs.

    Shape      unsigned 64-bit integer expression
    Arguments  values: SQL expressions; 'name.*' stands for every column of that relation
    Nulls      a null is a value of its own
    Source     the engine's own hash: numbers of two engines differ and are compared within one warehouse only. DuckDB's
               hash of a row is blind to the columns' names, which stand in its type
    Example    fingerprint(['events.*', 'rates.rate'])
-#}
{% macro fingerprint(values) -%}
    {{ return(adapter.dispatch('fingerprint', 'footfall')(values)) }}
{%- endmacro %}

{% macro default__fingerprint(values) -%}
    {%- set parts = [] -%}
    {%- for value in values -%}
        {%- set row = value | replace('.*', '') -%}
        {%- do parts.append(row ~ ', typeof(' ~ row ~ ')' if value.endswith('.*') else value) -%}
    {%- endfor -%}
    hash({{ parts | join(', ') }})
{%- endmacro %}

{% macro spark__fingerprint(values) -%}
    xxhash64({{ values | join(', ') }})
{%- endmacro %}
