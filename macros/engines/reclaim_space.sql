{#-
    Lets every fourth build, when it ends, reclaim the room of rows that were replaced.

    Shape      no SQL, so that all builds are of the same; run when a command that touches the warehouse ends; counts builds in
               sequence main.builds
    Source     DuckDB would do so with each checkpoint, several times a build, and write the end of every table anew each time:
               a twentieth of a build with 1 % new. In four builds the dead rows of a table come to a third or so, about what
               it leaves anyway
-#}
{% macro reclaim_space() -%}
    {{ return(adapter.dispatch('reclaim_space', 'footfall')()) }}
{%- endmacro %}

{% macro default__reclaim_space() -%}
    {%- if execute and flags.WHICH == 'build' -%}
        {%- set builds = target.schema ~ '.builds' -%}
        {%- do run_query('create sequence if not exists ' ~ builds) -%}
        {%- if run_query("select nextval('" ~ builds ~ "')").rows[0][0] % 4 == 0 -%}
            {%- do run_query('set global max_vacuum_tasks = 100') -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# A cluster has its own upkeep. #}
{% macro spark__reclaim_space() -%}
{%- endmacro %}
