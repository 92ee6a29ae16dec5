{#-
    The rows as a model is given them: read, capped, imputed, logged, scaled, binned and encoded by stored parameters.

    Shape      a whole query: the columns of `keep` and those of the plan, see plan_columns; one row a row of the relation.
               One row holds what is learned once a feature; groups, categories and points are joined
    Arguments  relation: rows to train on or to serve, a CTE or a table; parameters: rows of one training, as of `fitted`;
               plan: of checked_preprocessing; keep: columns of the relation to pass on; history: see last_known;
               ordered: {rows, keys, moment, label, known_at}: rows that are encoded by the labels known before them, those the
               parameters were learned from: a condition, and columns. Without it every row gets the last statistics, as in serving
    Nulls      a number without a fill stays null; a category that is null is one of its own; null of a parameter: nothing was
               learned, and the number is null
    Errors     transformed: … say history=…
    Source     DEFINITIONS.md, sections 20 and 25
    Example    {price: {impute: median, scale: standard}, device: {encode: one_hot, top: 2}} -> price__standard,
               price__is_missing, device__top_1, device__top_2, device__other, device__null, device__is_missing
-#}
{% macro transformed(relation, parameters, plan, keep, history=none, ordered=none) -%}
    select
        {%- for column in keep %}
        {{ column }},
        {%- endfor %}
        {%- for column in footfall.plan_columns(plan) %}
        {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ footfall.treated(relation, parameters, plan, keep, history, ordered) }}
    ) as treated
{%- endmacro %}
