{#-
    The files of an entity that landed.

    Shape      a relation for `from`: the columns of stg_landing__files, one row a received file
    Arguments  source: as in `vars.sources`; entity: what the file has rows of; relation: where files stand, none:
               stg_landing__files. A table that reads no others of them is made anew only when these change; see
               macros/engines/made_from.sql
    Example    select * from {{ landed_files('shop', 'orders') }}
-#}
{% macro landed_files(source, entity, relation=none) -%}
    (
        select * from {{ ref('stg_landing__files') if relation is none else relation }}
        where source = '{{ source }}' and entity = '{{ entity }}' and status = 'landed'
    )
{%- endmacro %}
