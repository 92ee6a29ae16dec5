{#-
    Stops a dbt command when a source feeds a contract that no model reads: its rows would be missing in every mart.

    Shape      nothing; run when a command that touches the warehouse starts
    Errors     vars.sources.<source>.feeds: <contract> is no contract that a model reads
-#}
{% macro check_feeds() -%}
    {%- set texts = [] -%}
    {%- for node in graph.get('nodes', {}).values() if node.resource_type == 'model' and 'union_feeds' in node.raw_code -%}
        {%- do texts.append(node.raw_code) -%}
    {%- endfor -%}
    {%- set models = texts | join(' ') -%}
    {%- if execute -%}
        {%- for name, source in var('sources').items() if source.get('enabled', true) -%}
            {%- for contract in source.get('feeds', {}) if "union_feeds('" ~ contract ~ "'" not in models -%}
                {{ exceptions.raise_compiler_error(
                    'vars.sources.' ~ name ~ '.feeds: ' ~ contract ~ ' is no contract that a model reads'
                ) }}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
