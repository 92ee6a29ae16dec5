{#-
    One text that differs where the code of a training set does.

    Shape      text: the md5 of the models and seeds it is made of, of every macro of the project and of the settings that
               shape its rows; not SQL. What it does not use counts too: too often different is safe
    Example    training_code_hash('purchase_7d')
-#}
{% macro training_code_hash(task) -%}
    {%- set parts = [] -%}
    {%- if execute and graph.nodes is defined -%}
        {%- set ids = [] -%}
        {%- do footfall._models_above('model.' ~ project_name ~ '.trn_' ~ task, ids) -%}
        {%- for id in ids | sort -%}
            {%- do parts.append(graph.nodes[id].raw_code or graph.nodes[id].checksum.checksum) -%}
        {%- endfor -%}
        {%- for name, macro in footfall.items() | sort(attribute='0') -%}
            {%- do parts.append(macro.macro.macro_sql) -%}
        {%- endfor -%}
        {%- for name in [
            'spines', 'labels', 'splits', 'training_sets_every', 'shop_timezone', 'decision_lag_minutes', 'customer_day_every_days',
            'customer_day_active_days', 'session_prefix_lengths', 'visitor_product_serve_days', 'session_gap_minutes',
            'session_cap_hours', 'engaged_seconds', 'reporting_currency', 'rates_base_currency', 'rate_max_age_days',
            'clock_ahead_minutes', 'earliest_event_at', 'bot_behaviour', 'missing_ua_is_bot', 'exclude_bots',
            'exclude_internal', 'identity_max_customers_per_contact', 'identity_max_customers_per_person',
            'covisit_hours', 'covisit_max_acts', 'cart_abandoned_hours', 'cart_lifetime_hours', 'smoothing_cases',
        ] -%}
            {#- YAML reads an unquoted day of a split as a date, which is no JSON. -#}
            {%- set value = footfall.checked_splits() if name == 'splits' else var(name) -%}
            {%- do parts.append(name ~ ': ' ~ footfall._as_json(value)) -%}
        {%- endfor -%}
        {#- Where a source lies is the machine's. -#}
        {%- for name, entry in var('sources').items() | sort(attribute='0') -%}
            {%- for key, value in entry.items() | sort(attribute='0') if key not in ['location', 'headers'] -%}
                {%- do parts.append(name ~ '.' ~ key ~ ': ' ~ footfall._as_json(value)) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(local_md5(parts | join('\n'))) }}
{%- endmacro %}

{#- As YAML reads an instant too, which stands without quotes. -#}
{% macro _as_json(value) -%}
    {{ return(tojson(value | string if value.isoformat else value, sort_keys=true)) }}
{%- endmacro %}

{#- A model and every model and seed that it is made of, by id: put into `ids`, each once. -#}
{% macro _models_above(id, ids) -%}
    {%- do ids.append(id) -%}
    {%- for above in graph.nodes[id].depends_on.nodes if above.split('.')[0] in ['model', 'seed'] and above not in ids -%}
        {%- do footfall._models_above(above, ids) -%}
    {%- endfor -%}
{%- endmacro %}
