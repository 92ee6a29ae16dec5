"""A rule of this project: public macros are described, their bodies for an engine need not be.

That the arguments named there are those of the macro, dbt sees to (validate_macro_args).
"""

from dbt_bouncer.check_framework.decorator import check, fail

# dbt takes no description for a materialization; its head comment says it.
BODIES = ("_", "default__", "spark__", "materialization_")


@check(code="FF001")
def check_public_macro_is_described(macro):  # type: ignore[no-untyped-def]
    """Public macros and their arguments must be described in their folder's YAML."""
    if macro.name.startswith(BODIES):
        return
    words = [macro.description, *(argument.description for argument in macro.arguments or [])]
    if not all((word or "").strip() for word in words):
        fail(f"Macro {macro.name} or an argument of it has no description in _*__macros.yml.")
