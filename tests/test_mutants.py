"""Every mutant can still be made; `make mutate` tries them out."""

import re
from collections import Counter

from tests.mutate import read
from tests.support import PROJECT

KEYS = {"name", "file", "old", "new"}
# The whole of a model: what is tried of the macro is tried of it.
MADE_OF = {
    name: f"macros/features/{name}.sql"
    for name in ("moments_of", "moment_inputs", "calendar_of", "latest_features", "latest_inputs")
}
CALLED = re.compile(r"\b(\w+)\(")


def test_each_mutant_changes_one_place_that_is_there() -> None:
    mutants = read()
    assert len(mutants) >= 60
    assert [name for name, n in Counter(m["name"] for m in mutants).items() if n > 1] == []
    for mutant in mutants:
        assert mutant.keys() - {"survives", "by"} == KEYS, mutant
        assert mutant["old"] != mutant["new"], mutant["name"]
        text = (PROJECT / mutant["file"]).read_text(encoding="utf-8")
        assert text.count(mutant["old"]) == 1, mutant["name"]


def test_the_tests_that_mutants_name_are_there() -> None:
    named = [test for mutant in read() for test in mutant.get("by", [])]
    assert len(named) >= 15
    for test in named:
        path, _, function = test.partition("::")
        text = (PROJECT / path).read_text(encoding="utf-8")
        assert f"\ndef {function.partition('[')[0]}(" in text, test


def test_every_model_with_a_fingerprint_has_three_mutants() -> None:
    counts = Counter(mutant["file"] for mutant in read())
    for path in (PROJECT / "models").rglob("*.sql"):
        # Or makes the fingerprints that one looks at.
        text = path.read_text(encoding="utf-8")
        if "keyed_by(" in text or "as input_fingerprint\n" in text:
            macros = (MADE_OF[name] for name in CALLED.findall(text) if name in MADE_OF)
            own = counts[str(path.relative_to(PROJECT))]
            assert own + sum(counts[macro] for macro in macros) >= 3, path.name
