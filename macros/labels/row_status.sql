{#-
    The one verdict on a landed row.

    Shape      text expression: duplicate, rejected or accepted
    Arguments  reads is_superseded and reject_reasons; duplicate_when: the source's own rule
    Source     a superseded row is judged no further: its file was sent again to mend it
-#}
{% macro row_status(duplicate_when='false') -%}
    case
        when is_superseded then 'duplicate'
        when reject_reasons is not null then 'rejected'
        when {{ duplicate_when }} then 'duplicate'
        else 'accepted'
    end
{%- endmacro %}
