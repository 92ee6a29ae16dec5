{#-
    The smallest node that each node of a graph can reach: two nodes have one label if a path joins them.

    Shape      a whole query: node, label; a row for each node that an edge names
    Arguments  edges: a CTE with left_node and right_node; edges count in both directions
    Nulls      an edge with a null end joins nothing
    Source     label propagation to its fixed point; Spark below 4.1 has no recursion and takes a fixed number of passes,
               which the test `every_edge_joins_one_person` finds too few if they are
    Example    a-b, b-c, d-e -> a a, b a, c a, d d, e d
-#}
{% macro connected_labels(edges) -%}
    {{ return(adapter.dispatch('connected_labels', 'footfall')(edges)) }}
{%- endmacro %}

{#- Only nodes whose label fell in the last step speak to their neighbours in the next. -#}
{% macro default__connected_labels(edges) -%}
    with recursive both_ways as (
        select left_node as node, right_node as neighbour from {{ edges }}
        where left_node is not null and right_node is not null
        union
        select right_node as node, left_node as neighbour from {{ edges }}
        where left_node is not null and right_node is not null
    ),

    labelled (node, label) using key (node) as (
        select node, node as label from both_ways group by node
        union
        select
            both_ways.neighbour as node,
            min(labelled.label) as label
        from labelled
        inner join both_ways on labelled.node = both_ways.node
        inner join recurring.labelled as known on both_ways.neighbour = known.node
        where labelled.label < known.label
        group by both_ways.neighbour
    )

    select node, label from labelled
{%- endmacro %}

{% macro spark__connected_labels(edges) -%}
    with both_ways as (
        select left_node as node, right_node as neighbour from {{ edges }}
        where left_node is not null and right_node is not null
        union
        select right_node as node, left_node as neighbour from {{ edges }}
        where left_node is not null and right_node is not null
        union
        select left_node as node, left_node as neighbour from {{ edges }}
        where left_node is not null and right_node is not null
        union
        select right_node as node, right_node as neighbour from {{ edges }}
        where left_node is not null and right_node is not null
    ),

    pass_0 as (
        select node, node as label from both_ways group by node
    ),
    {%- for pass in range(1, 13) %}

    pass_{{ pass }} as (
        select both_ways.neighbour as node, min(before.label) as label
        from pass_{{ pass - 1 }} as before
        inner join both_ways on before.node = both_ways.node
        group by both_ways.neighbour
    ){{ ',' if not loop.last }}
    {%- endfor %}

    select node, label from pass_12
{%- endmacro %}
