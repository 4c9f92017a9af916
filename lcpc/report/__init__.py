"""The report of a run: its tables, figures, audit, costs and gaps as a folder of pages that opens without a network."""
