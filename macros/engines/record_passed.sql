{#-
    Keeps which tests passed on what, so that the next build does not ask them again; see made_from.sql.

    Shape      statements; run when a command that touches the warehouse ends
-#}
{% macro record_passed() -%}
    {{ return(adapter.dispatch('record_passed', 'footfall')()) }}
{%- endmacro %}

{% macro default__record_passed() -%}
    delete from {{ target.schema }}.table_versions where table_name in (select test_name from passed.tests);
    insert into {{ target.schema }}.table_versions select distinct test_name, made_from, content from passed.tests;
{%- endmacro %}

{# On a cluster every test is asked in every build. #}
{% macro spark__record_passed() -%}
{%- endmacro %}
