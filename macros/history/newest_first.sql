{#-
    The order of a thing's received versions, the one that counts first: as its source says, then as they landed.

    Shape      an order by, unique among landed rows
    Arguments  said: the source's own order, if it tells one; reads _dlt_load_id, _file_id, _row_number and loaded_at
    Source     DEFINITIONS.md, section 3, of entities
    Example    newest_first('updated_at desc nulls last')
-#}
{% macro newest_first(said=none) -%}
    {{ said ~ ', ' if said }}loaded_at desc, _dlt_load_id desc, _file_id asc, _row_number asc
{%- endmacro %}
