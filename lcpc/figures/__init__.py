"""Figures, one file each: `points(results)` picks what is plotted, `draw(points)` draws it."""
