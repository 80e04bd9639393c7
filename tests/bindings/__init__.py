import pytest

pytest.register_assert_rewrite("tests.bindings.cases", "tests.bindings.ways")  # broken ones show their values
