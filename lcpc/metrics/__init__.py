"""Pure functions of arrays, one metric family a file: no files, no pandas, no torch."""
