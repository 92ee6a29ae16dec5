{#-
    Writes the digest of a view's compiled text into its comment, where `keyed` models look whether it changed.

    Shape      a statement for views, nothing for tables; a post-hook
    Source     DuckDB prints a view's own text differently after the file was closed once
-#}
{% macro record_code() -%}
    {{ return(adapter.dispatch('record_code', 'footfall')()) }}
{%- endmacro %}

{% macro default__record_code() -%}
    {%- if model.config.materialized == 'view' -%}
        comment on view {{ this }} is 'code {{ local_md5(model.get('compiled_code', '')) }}'
    {%- endif -%}
{%- endmacro %}

{% macro spark__record_code() -%}
{%- endmacro %}
