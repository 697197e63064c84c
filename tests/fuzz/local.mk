# Programs of tests/fuzz.
