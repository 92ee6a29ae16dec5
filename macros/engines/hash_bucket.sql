{#-
    The bucket of a text, one of so many, the same on every engine.

    Shape      integer expression, 0 to buckets - 1
    Nulls      null for null
    Source     the first eight hexadecimal digits of its MD5, modulo the buckets
    Example    hash_bucket("'a'", 16): md5 begins 0cc175b9, 214005177 -> 9
-#}
{% macro hash_bucket(text, buckets) -%}
    {{ return(adapter.dispatch('hash_bucket', 'footfall')(text, buckets)) }}
{%- endmacro %}

{% macro default__hash_bucket(text, buckets) -%}
    cast(cast('0x' || substr(md5({{ text }}), 1, 8) as bigint) % {{ buckets }} as integer)
{%- endmacro %}

{% macro spark__hash_bucket(text, buckets) -%}
    cast(cast(conv(substr(md5({{ text }}), 1, 8), 16, 10) as bigint) % {{ buckets }} as integer)
{%- endmacro %}
