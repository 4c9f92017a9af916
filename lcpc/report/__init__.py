"""The report of a run: tables, figures, audit, costs and gaps as pages that need no network."""
