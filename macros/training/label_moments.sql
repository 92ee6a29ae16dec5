{#-
    The moments of a label's spine, each once, with the window that its label looks at; of those only that were known by
    its end: nobody can be asked about the others, and when the last of them turns up no set of the past changes.

    Shape      a whole query: the spine's keys, prediction_at, label_from_at, label_to_at, label_known_at, is_mature
    Arguments  name: of the label, in var `labels`; contract: the canonical model that the label is read from, whose
               watermark says through when everything is here; purpose: of the spine only rows of it, where these have every
               moment once; without it each is found once among the rows of all
    Units      gap in hours, horizon and lateness in days of 24 hours
    Nulls      no watermark: nothing is mature
    Errors     labels: there is no <name>; … · labels.<name>: what is wrong with it, in a sentence
    Source     DEFINITIONS.md, section 23: [t + gap, t + gap + horizon), known `lateness` after its end
    Example    t = 03-01, gap 24 hours, horizon 7 days, lateness 3 days -> [03-02, 03-09), known 03-12
-#}
{% macro label_moments(name, contract, purpose=none) -%}
    {%- set labels = footfall.checked_labels() -%}
    {%- if name not in labels -%}
        {{ exceptions.raise_compiler_error('labels: there is no ' ~ name ~ '; there are ' ~ labels.keys() | join(', ')) }}
    {%- endif -%}
    {%- set label = labels[name] -%}
    {%- set keys = footfall.checked_spines()[label.spine] -%}
    {%- set from_at = "prediction_at + interval '" ~ label.gap_hours ~ " hours'" -%}
    {%- set to_at = from_at ~ " + interval '" ~ label.horizon_days ~ " days'" -%}
    {%- set known_at = to_at ~ " + interval '" ~ label.lateness_days ~ " days'" -%}
    select
        {{ keys | join(',\n        ') }},
        prediction_at,
        {{ from_at }} as label_from_at,
        {{ to_at }} as label_to_at,
        {{ known_at }} as label_known_at,
        coalesce({{ known_at }} <= {{ footfall.watermark(contract) }}, false) as is_mature
    from {{ ref('ftr_spine__' ~ label.spine) }}
    where available_as_of <= {{ to_at }}
    {%- if purpose is none %}
    group by {{ keys | join(', ') }}, prediction_at
    {%- else %} and purpose = '{{ purpose }}'
    {%- endif %}
{%- endmacro %}
