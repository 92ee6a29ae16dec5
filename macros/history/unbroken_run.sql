{#-
    A number that is the same for versions that follow each other and say the same: 10, 10, 12, 10 are three runs.

    Shape      integer expression with two windows; unique together with the key and what is said
    Arguments  key: columns of what there are versions of; said: column of what a version says; newest_first: the order by of the
               versions, unique within the key
    Nulls      a null is a value of its own
    Source     DEFINITIONS.md, section 3: known since the first delivery, but not from before something else was said
    Example    10, 10, 12, 10 (newest first) -> 0, 0, 2, 1, of which 0 and 1 belong to 10
-#}
{% macro unbroken_run(key, said, newest_first) -%}
    row_number() over (partition by {{ key }} order by {{ newest_first }})
        - row_number() over (partition by {{ key }}, {{ said }} order by {{ newest_first }})
{%- endmacro %}
