"""What stands between the stations: rows, their provenance, and the cells that tables are made of."""
