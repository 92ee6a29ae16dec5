{#-
    The features of several tables side by side, each called by its own name; only a table's is_cold_start is called by
    the table: ftr_customer__activity's customer__activity__is_cold_start.

    Shape      list of select expressions; not SQL, and empty while dbt parses: nothing is known of other models then
    Arguments  what: who asks, for the error; tables: feature table -> the keys that it is joined by
    Errors     <what> has the column <name> twice, the second one of <table>; leave out one of the tables
    Example    joined_features('ftr_customer__latest', {'ftr_customer__activity': ['customer_id']})
-#}
{% macro joined_features(what, tables) -%}
    {%- set names, columns = [], [] -%}
    {%- for table, keys in tables.items() if execute -%}
        {%- set node = graph.nodes['model.' ~ project_name ~ '.' ~ table] -%}
        {%- for name in node.columns if name not in keys + ['prediction_at', 'available_as_of', 'input_fingerprint'] -%}
            {%- set told = table.removeprefix('ftr_') ~ '__is_cold_start' if name == 'is_cold_start' else name -%}
            {%- if told in names -%}
                {{ exceptions.raise_compiler_error(
                    what ~ ' has the column ' ~ told ~ ' twice, the second one of ' ~ table ~ '; leave out one of the tables'
                ) }}
            {%- endif -%}
            {%- do names.append(told) -%}
            {%- do columns.append(table ~ '.' ~ name ~ (' as ' ~ told if told != name else '')) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}
