{#-
    How the features of a task are preprocessed: what `meta.preprocess` of the columns of trn_<task> declares, checked.

    Shape      list, as of checked_preprocessing; not SQL. Empty while dbt parses, and where nothing is declared
    Arguments  task: in var `splits`
    Errors     of declared_preprocessing; trn_<task>: preprocess.<column>: keys, split and label are never preprocessed; …
    Source     DEFINITIONS.md, section 20
    Example    training_plan('purchase_7d') -> [{'feature': 'net_sales_90d', …}, …]
-#}
{% macro training_plan(task) -%}
    {%- set label = footfall.checked_labels()[footfall.checked_splits()[task].label] -%}
    {%- set plan = footfall.declared_preprocessing('trn_' ~ task) -%}
    {%- for one in plan if one.feature in footfall.checked_spines()[label.spine] + ['split', 'label'] -%}
        {{ exceptions.raise_compiler_error(
            'trn_' ~ task ~ ': preprocess.' ~ one.feature ~ ': keys, split and label are never preprocessed; take it out'
        ) }}
    {%- endfor -%}
    {{ return(plan) }}
{%- endmacro %}
