{#-
    Where the build keeps what its tables are made from, what passed its tests and which seeds are loaded; see made_from.sql.

    Shape      statements: tables main.seed_versions (seed_name, version) and main.table_versions (table_name, made_from,
               content), with tests by their id and parts of tables; main.rebuilt_keys, of keyed tables and `rebuilt_by` ones the keys by which
               it differs from what it was; run when a command that touches the warehouse starts
-#}
{% macro record_versions() -%}
    {{ return(adapter.dispatch('record_versions', 'footfall')()) }}
{%- endmacro %}

{% macro default__record_versions() -%}
    create table if not exists {{ target.schema }}.seed_versions (seed_name varchar, version varchar);
    create table if not exists {{ target.schema }}.table_versions (table_name varchar, made_from varchar, content varchar);
    create or replace table {{ target.schema }}.rebuilt_keys (table_name varchar, key_value varchar);
{%- endmacro %}

{# On a cluster every table is made in every build. #}
{% macro spark__record_versions() -%}
{%- endmacro %}
