{#-
    Every staging model that labels landed rows, with the source and entity it labels.

    Shape      list of {source, entity, model}, in the order of `vars.sources`; not SQL
    Example    [{'source': 'web', 'entity': 'events', 'model': 'stg_web__events'}, …]
-#}
{% macro labelled_models() -%}
    {%- set labelled = [] -%}
    {%- for source, entry in var('sources').items() if entry.get('enabled', true) -%}
        {%- for entity, model in entry.get('models', {}).items() -%}
            {%- do labelled.append({'source': source, 'entity': entity, 'model': model}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(labelled) }}
{%- endmacro %}
