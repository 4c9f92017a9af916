"""Entropy coding: probabilities to integer tables, symbols to bytes and back."""
