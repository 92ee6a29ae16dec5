{#-
    a divided by b without its remainder, exact beyond 64 bits; both not negative.

    Shape      integer expression (DuckDB hugeint, Spark decimal(38, 0))
    Nulls      b = 0 gives null
    Example    whole_quotient(7, 2) -> 3
-#}
{% macro whole_quotient(a, b) -%}
    {{ return(adapter.dispatch('whole_quotient', 'footfall')(a, b)) }}
{%- endmacro %}

{% macro default__whole_quotient(a, b) -%}
    (cast({{ a }} as hugeint) // nullif(cast({{ b }} as hugeint), 0))
{%- endmacro %}

{% macro spark__whole_quotient(a, b) -%}
    (cast({{ a }} as decimal(38, 0)) div nullif(cast({{ b }} as decimal(38, 0)), 0))
{%- endmacro %}
