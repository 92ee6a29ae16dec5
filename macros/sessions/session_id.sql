{#-
    The id of a session: made of its content, so untouched sessions keep theirs.

    Shape      text expression, 32 hexadecimal digits
    Arguments  actor: who owns the session; first_event_id: its first event in canonical order
    Example    session_id("'v1'", "'e1'") -> md5 of v1|e1
-#}
{% macro session_id(actor, first_event_id) -%}
    md5({{ actor }} || '|' || {{ first_event_id }})
{%- endmacro %}
