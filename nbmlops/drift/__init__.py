"""Two profiles → what drifted between them: statistics alone, values in and values out.

`compare` is the recipe, `measures/` the formulas, `corrections` what many tests at once cost.
"""
