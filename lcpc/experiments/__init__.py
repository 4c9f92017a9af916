"""One file an experiment: which jobs a run asks of it, the columns of its rows, and how they are measured."""
