"""The views under a cell: widgets that show what JupyterLab's panel shows, by anywidget.

They are made only where a front end is there that can show them; a static form stands beside each
in its output, and is what remains in the notebook.
"""
