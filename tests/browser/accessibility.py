"""What axe finds in our views, in every theme."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from browser_tools import choose_theme, look
from front_end import install_checks

FINDINGS = """async () => {
    const roots = [...document.querySelectorAll('.nbm-root')].filter(root => root.checkVisibility());
    const found = await axe.run(roots, {resultTypes: ['violations']});
    return found.violations.flatMap(each => each.nodes.map(
        node => `${each.id}: ${each.help}\\n    ${node.target}\\n    ${node.html.slice(0, 200)}`
            + `\\n    ${node.any.concat(node.all).map(one => one.message).join('; ')}`));
}"""


def accessibility_findings(page: Any, tmp_path: Path, name: str) -> list[str]:
    """The violations in what is open, each with its theme; a picture of each theme is left."""
    script = install_checks() / "node_modules" / "axe-core" / "axe.min.js"
    page.add_script_tag(content=script.read_text("utf-8"))
    findings = []
    for theme in ("Dark High Contrast", "Dark", "Light"):
        choose_theme(page, f"JupyterLab {theme}")
        page.mouse.move(0, 0)
        page.wait_for_timeout(500)
        look(page, tmp_path, f"{name}-{theme.replace(' ', '-')}")
        findings += [f"{theme}: {each}" for each in page.evaluate(FINDINGS)]
    return findings
