{#-
    a divided by b without its remainder, exact beyond 64 bits; both whole and not negative.

    Shape      integer expression (DuckDB hugeint, Spark decimal(38, 0))
    Nulls      b = 0 gives null
    Example    whole_quotient(7, 2) -> 3
-#}
{% macro whole_quotient(a, b) -%}
    {{ return(adapter.dispatch('whole_quotient', 'footfall')(a, b)) }}
{%- endmacro %}

{#- In 128 bits the engine divides eighty times as long as in 64, in which what is divided by a plain number mostly fits. #}
{% macro default__whole_quotient(a, b) -%}
    {%- if (b | string).isdigit() and 0 < b | int < 2 ** 63 -%}
    case
        when {{ a }} <= {{ 2 ** 63 - 1 }} then cast(try_cast({{ a }} as bigint) // {{ b }} as hugeint)
        else cast({{ a }} as hugeint) // {{ b }}
    end
    {%- else -%}
    (cast({{ a }} as hugeint) // nullif(cast({{ b }} as hugeint), 0))
    {%- endif -%}
{%- endmacro %}

{% macro spark__whole_quotient(a, b) -%}
    (cast({{ a }} as decimal(38, 0)) div nullif(cast({{ b }} as decimal(38, 0)), 0))
{%- endmacro %}
