"""Tables, one file each: `build(results)` makes one from the rows of a run."""
