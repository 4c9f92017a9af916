"""Rows of measurements, their provenance, and the cells of tables."""
