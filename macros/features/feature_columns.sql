{#-
    Every feature there is: the columns that the YAML under models/features says a window and an aggregation of. Tables
    that only join features, to learn from or to serve, hold none of their own.

    Shape      list of dictionaries, by model and then in the order of its columns; not SQL. Empty until the project
               is parsed
    Errors     <model>.<column>: a feature needs window, aggregation, nulls and is_personal in its meta, has <value>
    Example    [{'model': 'ftr_customer__activity', 'feature': 'event_count_7d', 'window': '7d', …}, …]
-#}
{% macro feature_columns() -%}
    {%- set features = [] -%}
    {%- set nodes = graph.get('nodes', {}).values() | selectattr('resource_type', 'equalto', 'model') | list if execute else [] -%}
    {%- for node in nodes | sort(attribute='name') if node.fqn[1] == 'features'
        and node.fqn[2] not in ['training', 'serving'] -%}
        {%- for column in node.columns.values() -%}
            {%- set meta = column.config.meta -%}
            {%- if 'window' in meta or 'aggregation' in meta -%}
                {%- if ['window', 'aggregation', 'nulls', 'is_personal'] | reject('in', meta) | list -%}
                    {{ exceptions.raise_compiler_error(
                        node.name ~ '.' ~ column.name
                        ~ ': a feature needs window, aggregation, nulls and is_personal in its meta, has ' ~ meta
                    ) }}
                {%- endif -%}
                {%- do features.append({
                    'model': node.name,
                    'feature': column.name,
                    'entity': node.config.meta.entity,
                    'window': meta.window,
                    'aggregation': meta.aggregation,
                    'nulls': meta.nulls,
                    'data_type': column.data_type,
                    'owner': node.config.meta.owner,
                    'is_personal': meta.is_personal,
                    'description': column.description | trim,
                }) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(features) }}
{%- endmacro %}
