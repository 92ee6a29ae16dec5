{#-
    Where earlier values of a task's features stand: in the feature tables themselves, at every moment there is, of training and
    of serving. So both fill a gap alike.

    Shape      dictionary: feature -> {relation, entity, moment, known_at}, the history that last_known takes; not SQL
    Arguments  task: in training_features
    Example    {'net_sales_90d': {'relation': features.ftr_customer__commerce, 'entity': ['customer_id'], …}, …}
-#}
{% macro feature_history(task) -%}
    {%- set histories = {} -%}
    {%- for table, keys in footfall.training_features()[task].items() -%}
        {%- set history = {'relation': ref(table), 'entity': keys, 'moment': 'prediction_at', 'known_at': 'available_as_of'} -%}
        {%- for name in (graph.nodes['model.' ~ project_name ~ '.' ~ table].columns if execute else []) -%}
            {%- do histories.update({name: history}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(histories) }}
{%- endmacro %}
