"""Tests that hold the house together: who may import whom, twins, sizes, what may not be committed."""
