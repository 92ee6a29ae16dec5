{#-
    True on a row that the deletion policy keeps: it misses none of the columns declared with `drop_missing: true`.

    Shape      boolean expression
    Arguments  plan: of checked_preprocessing; rows: alias of the relation, where a column's name alone would not do
    Nulls      never null; true for every row where no column is declared so
    Source     only training rows are dropped, and counted; a row to be served is flagged and kept
    Example    {price: {drop_missing: true}}: a row without a price false
-#}
{% macro is_complete(plan, rows=none) -%}
    {%- set needed = [] -%}
    {%- for one in plan if one.needs_value -%} {%- do needed.append(footfall._read(one, (rows ~ '.' if rows else '') ~ one.feature) ~ ' is not null') -%} {%- endfor -%}
    ({{ needed | join(' and ') or 'true' }})
{%- endmacro %}

{#- A feature as the steps read it: a finite double, or a text. -#}
{% macro _read(one, column=none) -%}
    {%- if one.kind == 'number' -%}
        {{- footfall.finite_number(column or one.feature) -}}
    {%- else -%}
        cast({{ column or one.feature }} as {{ footfall.sql_type('varchar') }})
    {%- endif -%}
{%- endmacro %}
