{#-
    Writes into the build what the last dbt command was, what it left out and what failed.

    Shape      a statement: table main.last_build; run when a command that touches the warehouse
               starts, and again when it ends
    Arguments  results: of dbt's on-run-end; none at the start, so that a killed command counts as failed
    Nulls      the names are null when nothing was left out, and nothing failed
-#}
{% macro record_build(results=none) -%}
    {{ return(adapter.dispatch('record_build', 'footfall')(results)) }}
{%- endmacro %}

{% macro default__record_build(results) -%}
    {%- set failed = [] if results is not none else ['it did not end'] -%}
    {%- set seen = [] -%}
    {%- for result in results or [] -%}
        {%- do seen.append(result.node.unique_id) -%}
        {%- if result.status | string in ('error', 'fail', 'skipped', 'partial success') -%}
            {%- do failed.append(result.node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set left_out = [] -%}
    {#- Tests of macros, like unit tests, test the code and not the data. -#}
    {%- for id, node in graph.get('nodes', {}).items() if node.resource_type in ('seed', 'model', 'test') and node.fqn[1] != 'macros' and id not in seen -%}
        {%- do left_out.append(node.name) -%}
    {%- endfor -%}
    {%- if flags.EMPTY or invocation_args_dict.get('sample') -%}
        {%- do left_out.append('rows') -%}
    {%- endif -%}
    create or replace table {{ target.schema }}.last_build as
    select
        '{{ flags.WHICH }}' as command,
        {{ left_out | length }} as left_out_count,
        {{ "'" ~ left_out[0] ~ "'" if left_out else 'cast(null as varchar)' }} as first_left_out,
        {{ failed | length }} as failed_count,
        {{ "'" ~ failed[0] ~ "'" if failed else 'cast(null as varchar)' }} as first_failed
{%- endmacro %}

{# On a cluster the published tables are the built ones. #}
{% macro spark__record_build(results) -%}
{%- endmacro %}
