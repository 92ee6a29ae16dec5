{#-
    What keyed_by has to look at in a model of latest_features.

    Shape      list of inputs; not SQL
    Arguments  moments: the model with the entity's moments; tables: its feature tables. All of them are keyed alike
    Example    keyed_by('visitor_id', inputs=latest_inputs('ftr_moments__visitor', ['ftr_visitor__activity']))
-#}
{% macro latest_inputs(moments, tables) -%}
    {{ return([{'model': moments, 'where': 'is_served', 'required': true}] + tables) }}
{%- endmacro %}
