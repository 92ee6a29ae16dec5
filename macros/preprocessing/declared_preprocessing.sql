{#-
    The plan of a model: what stands under `meta.preprocess` of its columns in the YAML, checked against their data types.

    Shape      list, as of checked_preprocessing; not SQL. Empty while dbt parses, and where nothing is declared
    Arguments  model: its name
    Errors     declared_preprocessing: there is no model <model>; <model>: preprocess.<column>: …
    Example    columns: [{name: price, data_type: double, config: {meta: {preprocess: {impute: median, scale: standard}}}}]
-#}
{% macro declared_preprocessing(model) -%}
    {%- if not execute -%} {{ return([]) }} {%- endif -%}
    {%- set found = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | selectattr('name', 'equalto', model) | list -%}
    {%- if not found -%}
        {{ exceptions.raise_compiler_error('declared_preprocessing: there is no model ' ~ model) }}
    {%- endif -%}
    {%- set declared, types = {}, {} -%}
    {%- for name, column in found[0].columns.items() -%}
        {%- do types.update({name: column.data_type or 'a column without a data_type'}) -%}
        {%- set meta = column.config.meta or column.meta -%}
        {%- if 'preprocess' in meta -%} {%- do declared.update({name: meta.preprocess}) -%} {%- endif -%}
    {%- endfor -%}
    {{ return(footfall.checked_preprocessing(declared, types, model) if declared else []) }}
{%- endmacro %}
