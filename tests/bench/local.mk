# Programs of tests/bench.
