"""
The report of a training: charts, tables, and one HTML page that holds them.

In: an ``EvaluationResult``. Out: ``report.html`` and the charts as PNG files.
"""
