"""Room of the entropy coding: probabilities become integer tables, symbols become bytes and symbols again."""
