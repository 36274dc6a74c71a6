"""Writes the configuration folder that watches the press world; its files double as examples for people to read."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from monitor.demo.world import PAGES, PressWorld

EXAMPLES = PAGES / "configuration"


def write_configuration(folder: Path, world: PressWorld, *, mail_url_variable: str, hook_url_variable: str) -> None:
    """Fills `folder`, made if need be, with settings, channels, watches and one file for each site of `world`.

    The two names are those of the environment variables that will hold Apprise addresses for mail and chat. Files of
    the same name are replaced.
    """
    known = {"mail": f"${{{mail_url_variable}}}", "hook": f"${{{hook_url_variable}}}"}
    examples = Environment(  # noqa: S701, what it writes is TOML, to which HTML's escapes are foreign
        loader=FileSystemLoader(EXAMPLES), undefined=StrictUndefined, keep_trailing_newline=True
    )
    (folder / "sources").mkdir(parents=True, exist_ok=True)
    for name in ("settings.toml", "channels.toml", "watches.toml"):
        text = examples.get_template(f"{name}.jinja").render(known)
        (folder / name).write_text(text, encoding="utf-8")
    for site, base in world.sites.items():
        text = examples.get_template(f"sources/{site}.toml.jinja").render(base=base)
        (folder / "sources" / f"{site}.toml").write_text(text, encoding="utf-8")
