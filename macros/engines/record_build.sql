{#-
    Writes into the build what the last dbt command was and how many of its nodes failed.

    Shape      a statement: table main.last_build; run when a command that touches the warehouse
               starts, and again when it ends
    Arguments  results: of dbt's on-run-end; none at the start, so that a killed command counts as failed
    Nulls      selection is null when everything was built
-#}
{% macro record_build(results=none) -%}
    {{ return(adapter.dispatch('record_build', 'footfall')(results)) }}
{%- endmacro %}

{% macro default__record_build(results) -%}
    {%- set failed = [] if results is not none else ['it did not end'] -%}
    {%- for result in results or [] if result.status | string in ('error', 'fail', 'skipped', 'partial success') -%}
        {%- do failed.append(result.node.name) -%}
    {%- endfor -%}
    {%- set arguments = invocation_args_dict -%}
    {%- set chosen = (arguments.get('select') or []) | list + (arguments.get('exclude') or []) | list -%}
    create or replace table {{ target.schema }}.last_build as
    select
        '{{ flags.WHICH }}' as command,
        {{ "'" ~ chosen | join(' ') | replace("'", "''") ~ "'" if chosen else 'cast(null as varchar)' }} as selection,
        {{ failed | length }} as failed_count,
        {{ "'" ~ failed[0] ~ "'" if failed else 'cast(null as varchar)' }} as first_failed
{%- endmacro %}

{# On a cluster the published tables are the built ones. #}
{% macro spark__record_build(results) -%}
{%- endmacro %}
