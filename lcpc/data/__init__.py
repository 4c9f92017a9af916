"""Room of the inputs: every data set becomes arrays here, checked at the door."""
