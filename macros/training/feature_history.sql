{#-
    Where earlier values of a task's features stand: in the feature tables themselves, at every moment there is, of training and
    of serving. So both fill a gap alike.

    Shape      dictionary: feature -> {relation, entity, moment, known_at}, the history that last_known takes; not SQL
    Arguments  task: in training_features; known_at: timestamp expression, only rows known by then; none: all
    Example    {'net_sales_90d': {'relation': features.ftr_customer__commerce, 'entity': ['customer_id'], …}, …}
-#}
{% macro feature_history(task, known_at=none) -%}
    {%- set histories = {} -%}
    {%- for table, keys in footfall.training_features()[task].items() -%}
        {%- set relation = ref(table) if known_at is none else footfall.known_rows(ref(table), known_at=known_at) -%}
        {%- set history = {'relation': relation, 'entity': keys, 'moment': 'prediction_at', 'known_at': 'available_as_of'} -%}
        {%- for name in (graph.nodes['model.' ~ project_name ~ '.' ~ table].columns if execute else []) -%}
            {%- do histories.update({name: history}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(histories) }}
{%- endmacro %}
