{#-
    One text that differs where the code of a training set does.

    Shape      text: the md5 of the models it is made of, of every macro of the project and of the settings that shape its
               rows; not SQL. A macro that it does not use counts too: too often different is safe
    Example    training_code_hash('purchase_7d')
-#}
{% macro training_code_hash(task) -%}
    {%- set parts = [] -%}
    {%- if execute and graph.nodes is defined -%}
        {%- set ids = [] -%}
        {%- do footfall._models_above('model.' ~ project_name ~ '.trn_' ~ task, ids) -%}
        {%- for id in ids | sort -%}
            {%- do parts.append(graph.nodes[id].raw_code) -%}
        {%- endfor -%}
        {%- for name, macro in footfall.items() | sort(attribute='0') -%}
            {%- do parts.append(macro.macro.macro_sql) -%}
        {%- endfor -%}
        {%- for name in [
            'spines', 'labels', 'splits', 'shop_timezone', 'decision_lag_minutes', 'customer_day_every_days',
            'customer_day_active_days', 'session_prefix_lengths', 'session_gap_minutes', 'session_cap_hours',
            'reporting_currency', 'clock_ahead_minutes', 'earliest_event_at',
        ] -%}
            {%- do parts.append(name ~ ': ' ~ tojson(var(name), sort_keys=true)) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(local_md5(parts | join('\n'))) }}
{%- endmacro %}

{#- A model and every model that it is made of, by id: put into `ids`, each once. -#}
{% macro _models_above(id, ids) -%}
    {%- do ids.append(id) -%}
    {%- for above in graph.nodes[id].depends_on.nodes if above.startswith('model.') and above not in ids -%}
        {%- do footfall._models_above(above, ids) -%}
    {%- endfor -%}
{%- endmacro %}
