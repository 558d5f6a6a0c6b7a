"""Makes the README's picture again: `python example_notebooks/images/make.py`.

The README's first cell runs in a real kernel, after a first try with another learning rate, so that
the card has something to compare with. nbconvert renders the notebook as JupyterLab does and
Chromium takes the picture.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
README = HERE.parents[1] / "README.md"
WIDTH = 860


def first_cell() -> str:
    return re.findall(r"^```python\n(.*?)^```$", README.read_text("utf-8"), re.M | re.S)[0].strip()


def executed(source: str) -> str:
    """The HTML of the notebook that holds the cell and its card."""
    import nbformat
    from nbclient import NotebookClient
    from nbconvert import HTMLExporter

    v4 = nbformat.v4
    first = source.replace("learning_rate = 0.1", "learning_rate = 0.02")
    load = "import nbmlops\n%load_ext nbmlops"
    notebook = v4.new_notebook(cells=[v4.new_code_cell(text) for text in (load, first, source)])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NBMLOPS_WORKSPACE"] = folder
        NotebookClient(
            notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": folder}}
        ).execute()
    notebook.cells = notebook.cells[-1:]
    html, _ = HTMLExporter(
        exclude_input_prompt=True, exclude_output_prompt=True
    ).from_notebook_node(notebook)
    return html


def photographed(html: str, file: Path) -> None:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        page_file = Path(folder) / "cell.html"
        page_file.write_text(html, "utf-8")
        browser = play.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": 600}, device_scale_factor=2)
        page.route(re.compile(r"^https?://"), lambda route: route.abort())
        page.goto(page_file.as_uri())
        page.add_style_tag(content="main { padding: 12px !important; } .jp-Cell { margin: 0; }")
        page.locator("main").screenshot(path=file)
        browser.close()


if __name__ == "__main__":
    photographed(executed(first_cell()), HERE / "card.png")
    print(HERE / "card.png")
