"""Measurements, one module a theme; `make bench` runs them and writes DATA_DIR/bench.json."""
