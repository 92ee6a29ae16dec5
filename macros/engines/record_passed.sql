{#-
    Keeps which tests passed on what, and which parts of tables held what, so that the next build does not ask again; see
    made_from.sql.

    Shape      no SQL, but says it; run when a command that touches the warehouse ends
    Source     once for all: of 250 tests each statement takes a full millisecond of dbt's, and one that writes waits for the disk
-#}
{% macro record_passed() -%}
    {{ return(adapter.dispatch('record_passed', 'footfall')()) }}
{%- endmacro %}

{% macro default__record_passed() -%}
    {%- set versions = [] -%}
    {%- for name, kept in graph.get('versions', {}).get('asked', {}).items() -%}
        {%- do versions.append("('" ~ name | replace("'", "''") ~ "', '" ~ kept[0] ~ "', " ~ ("'" ~ kept[1] ~ "'" if kept[1] else 'null') ~ ')') -%}
    {%- endfor -%}
    {%- if versions -%}
        {%- call statement('asked') -%}
            create or replace temporary table asked as
            from (values {{ versions | join(', ') }}) as asked (table_name, made_from, content);
            delete from {{ target.schema }}.table_versions where table_name in (select table_name from asked);
            insert into {{ target.schema }}.table_versions from asked;
        {%- endcall -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
{%- endmacro %}

{# On a cluster every test is asked in every build. #}
{% macro spark__record_passed() -%}
{%- endmacro %}
