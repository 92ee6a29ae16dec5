"""A comparison with a library runs where the library is: `make oracles`.

Its quick half, with the numbers that the library gave, is a test like any other.
"""

import os

LIBRARIES = [
    "test_permuted_labels_teach_a_booster_nothing.py",
    "test_point_in_time_equals_feast.py",
    "test_preprocessing_equals_scikit_learn.py",
    "test_shipped_features_equal_feast.py",
    "test_the_worked_model_learns.py",
]
collect_ignore = [] if os.environ.get("FOOTFALL_ORACLES") else LIBRARIES
