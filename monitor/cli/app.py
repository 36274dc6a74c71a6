"""The commands as the contract names them; what each one does stands in the module it calls.

Imports inside the commands are on purpose: the crawler's types, Apprise, APScheduler and the matcher together take
longer to import than `govwatch check` may take to run.
"""

import errno
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from crawler.garbage import leave_the_rest
from monitor.cli.inherited import heed_interrupts
from monitor.cli.output import complain, say
from monitor.cli.places import DEFAULT_CONFIG, EXIT_INTERRUPTED, EXIT_PARTLY_FAILED, EXIT_WRONG_USE, Places
from monitor.errors import GovwatchError, WorkFailed

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Watches government digital-service announcements and tells people about the ones they asked for.",
)
source_app = typer.Typer(no_args_is_help=True, help="What is watched.")
watch_app = typer.Typer(no_args_is_help=True, help="What people look for.")
alert_app = typer.Typer(no_args_is_help=True, help="What is owed to people, and what was sent.")
app.add_typer(source_app, name="source")
app.add_typer(watch_app, name="watch")
app.add_typer(alert_app, name="alert")

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        say(f"govwatch {version('govwatch')}")
        raise typer.Exit


@app.callback()
def _take_global_options(
    context: typer.Context,
    *,
    config: Annotated[Path, typer.Option(envvar="GOVWATCH_CONFIG", help="The configuration folder.")] = DEFAULT_CONFIG,
    archive: Annotated[
        Path | None, typer.Option(envvar="GOVWATCH_ARCHIVE", help="The archive file. [default: govwatch.db]")
    ] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Say which govwatch this is.")
    ] = False,
) -> None:
    context.obj = Places(config=config, archive=archive)


def places(context: typer.Context) -> Places:
    """Where the configuration and the archive are, for a command that has loaded what it needs and now begins its work."""
    heed_interrupts()
    found = context.obj
    assert isinstance(found, Places)
    return found


@app.command()
def demo(
    serve: Annotated[bool, typer.Option("--serve", help="Leave the small press world running.")] = False,
) -> None:
    """Show the whole of it on a small press world, without the internet."""
    from monitor.demo.show import run_demo

    heed_interrupts()
    raise typer.Exit(run_demo(serve=serve, say=say))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The folder to write the starter configuration into.")],
    contact: Annotated[
        str | None, typer.Option(help="Your e-mail or web address, which sites see in every request.")
    ] = None,
    country: Annotated[
        list[str] | None, typer.Option(help="Begin with every source of this country; may be repeated.")
    ] = None,
    whole: Annotated[bool, typer.Option("--all", help="Begin with every source of the catalogue.")] = False,
    watches: Annotated[
        list[str] | None,
        typer.Option(help="Begin with the ready-made watches in this language (en, fr or it); may be repeated."),
    ] = None,
) -> None:
    """Write a commented starter configuration, with two sources or as many of the catalogue as you like."""
    from monitor.cli.starting import select_entries, write_starter

    write_starter(folder, select_entries(country or [], whole=whole), contact=contact, watches_in=watches or [])


@app.command()
def check(context: typer.Context, as_json: JsonOption = False) -> None:
    """Check the whole configuration and list every fault in it."""
    from monitor.cli.checking import check_configuration

    raise typer.Exit(check_configuration(places(context).config, as_json=as_json))


@app.command()
def crawl(
    context: typer.Context,
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Ids; all enabled by default.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Crawl once now, file what is new and deliver what is owed."""
    import asyncio

    from monitor.crawler_child import started_ahead

    with asyncio.Runner() as runner, started_ahead(runner) as crawler:
        from monitor.cli.working import crawl_once

        status = crawl_once(places(context), sources or [], runner=runner, crawler=crawler, as_json=as_json)
    raise typer.Exit(status)


@app.command()
def run(context: typer.Context) -> None:
    """Crawl and deliver on schedule until stopped."""
    from monitor.cli.working import run_for_good

    raise typer.Exit(run_for_good(places(context)))


@app.command()
def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="The same language as a watch's query.")],
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Search the archive, with the very matcher that alerts."""
    from monitor.cli.asking import search_archive

    raise typer.Exit(search_archive(places(context), query, limit=limit, as_json=as_json))


@app.command()
def explain(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The address of a page.")],
    as_json: JsonOption = False,
) -> None:
    """Tell what became of a page, and why you did or did not hear of it."""
    from monitor.cli.asking import explain_page

    raise typer.Exit(explain_page(places(context), url, as_json=as_json))


@app.command()
def status(
    context: typer.Context,
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Only these, and why they are looked at when.")
    ] = None,
    etiquette: Annotated[
        bool, typer.Option("--etiquette", help="What watching costs each source's servers instead.")
    ] = False,
    days: Annotated[int, typer.Option(min=1, help="Of how many days, with --etiquette.")] = 7,
    as_json: JsonOption = False,
) -> None:
    """Show how the sources are and what is owed. Exits 1 when something is wrong."""
    from monitor.cli.status import show_etiquette, show_status

    if etiquette:
        raise typer.Exit(show_etiquette(places(context), sources or [], days=days, as_json=as_json))
    raise typer.Exit(show_status(places(context), sources or [], as_json=as_json))


@app.command()
def export(
    context: typer.Context,
    query: Annotated[str | None, typer.Argument(help="Only what matches; everything by default.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="CSV instead of JSON lines.")] = False,
) -> None:
    """Write the announcements to standard output."""
    from monitor.cli.asking import export_announcements

    raise typer.Exit(export_announcements(places(context), query, as_csv=csv))


@app.command()
def backup(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="The copy to write; must not exist.")]
) -> None:
    """Copy the archive, also while it is being written."""
    from monitor.cli.keeping import back_up

    raise typer.Exit(back_up(places(context), file))


@app.command()
def doctor(
    context: typer.Context,
    rebuild_search: Annotated[bool, typer.Option("--rebuild-search", help="Write the search index anew.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check the archive's health and bring it up to date."""
    from monitor.cli.keeping import examine

    raise typer.Exit(examine(places(context), rebuild_search=rebuild_search, as_json=as_json))


@source_app.command("list")
def list_sources(
    context: typer.Context,
    country: Annotated[list[str] | None, typer.Option(help="Only of this country; may be repeated.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only of this kind; may be repeated.")] = None,
    catalogue: Annotated[bool, typer.Option("--catalogue", help="Every source that ships with govwatch.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the sources with their state, and whether they were ever fetched live."""
    from monitor.cli.sources import read_wanted, show_catalogue, show_sources

    wanted = read_wanted(country or [], kind or [])
    if catalogue:
        raise typer.Exit(show_catalogue(wanted, as_json=as_json))
    raise typer.Exit(show_sources(places(context), wanted, as_json=as_json))


@source_app.command("add")
def add_sources_of_the_catalogue(
    context: typer.Context, ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of the catalogue.")]
) -> None:
    """Take sources of the catalogue over into the configuration."""
    from monitor.cli.sources import add_sources

    raise typer.Exit(add_sources(places(context), ids))


@source_app.command("check")
def check_sources_live(
    context: typer.Context,
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Ids, also of disabled ones.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every source that is enabled.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Ask sources for real what they list now, and file nothing. Exits 1 when one is not well."""
    from monitor.cli.source_checks import check_sources

    raise typer.Exit(check_sources(places(context), sources or [], everything=everything, as_json=as_json))


@source_app.command("new")
def new_source(  # noqa: PLR0913, PLR0917 (each option of the command is one)
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="The site, or better: the page that lists its news.")],
    source_id: Annotated[str | None, typer.Option("--id", help="The new source's id; guessed by default.")] = None,
    name: Annotated[str | None, typer.Option(help="What the source is called; read from the site by default.")] = None,
    country: Annotated[str | None, typer.Option(help="Such as GB; guessed from the address by default.")] = None,
    language: Annotated[str | None, typer.Option(help="Such as fr; all that the site has by default.")] = None,
    kind: Annotated[str | None, typer.Option(help="government-blog, newsroom, trade-press or international.")] = None,
    way: Annotated[str | None, typer.Option(help="feed, api, listing or sitemap; the best by default.")] = None,
    allow_private_addresses: Annotated[
        bool, typer.Option("--allow-private-addresses", help="The site is on a network of your own.")
    ] = False,
    write: Annotated[bool, typer.Option("--write/--dry-run", help="Write the files, or only show them.")] = True,
    save_pages: Annotated[
        Path | None,
        typer.Option(
            help="Save what the site answered as samples for the tests. [default: tests/pages, if it is there]"
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Look a site over, show what each way into it would give, and write the smallest file that works."""
    from monitor.cli.new_source import Wish, make_new_source

    wish = Wish(
        url=url, source_id=source_id, name=name, country=country, language=language, kind=kind, way=way,
        allow_private_addresses=allow_private_addresses, write=write, samples=save_pages,
    )  # fmt: skip
    raise typer.Exit(make_new_source(places(context), wish, as_json=as_json))


@watch_app.command("list")
def list_watches(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the watches and what they mean."""
    from monitor.cli.watching import show_watches

    raise typer.Exit(show_watches(places(context), as_json=as_json))


@watch_app.command("show")
def show_watch(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A watch's name, or a query that is not saved yet.")],
    as_json: JsonOption = False,
) -> None:
    """Tell in plain words what a watch means, which spellings it finds, and which words of it trap."""
    from monitor.cli.watching import show_meaning

    raise typer.Exit(show_meaning(places(context), name, as_json=as_json))


@watch_app.command("test")
def try_watch(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A watch's name, or a query that is not saved yet.")],
    weeks: Annotated[int, typer.Option(min=1, max=520, help="How many weeks to count alerts of.")] = 12,
    unwanted: Annotated[
        list[str] | None,
        typer.Option(help="A source, section or beginning of an address not wanted: what to exclude; may be repeated."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many examples to show.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Show what a watch would have sent so far, by the very matcher that alerts."""
    from monitor.cli.watching import try_on_archive

    tried = try_on_archive(places(context), name, weeks=weeks, unwanted=unwanted or [], limit=limit, as_json=as_json)
    raise typer.Exit(tried)


@alert_app.command("list")
def list_alerts(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help="owed, sent, failed or held.")] = None,
    watch: Annotated[str | None, typer.Option(help="Only of this watch.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List alerts, newest first."""
    from monitor.cli.alerting import show_alerts

    raise typer.Exit(show_alerts(places(context), state=state, watch=watch, limit=limit, as_json=as_json))


@alert_app.command("retry")
def retry_alerts(
    context: typer.Context,
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="[ID]...", help="All failed and waiting by default.")
    ] = None,
) -> None:
    """Make failed or waiting alerts due now; `alert send` or `run` then delivers them."""
    from monitor.cli.alerting import retry

    raise typer.Exit(retry(places(context), ids))


@alert_app.command("send")
def send_alerts(
    context: typer.Context,
    held: Annotated[bool, typer.Option("--held", help="Let go what was held as a suspected re-key, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Deliver what is due now."""
    from monitor.cli.alerting import send_due

    raise typer.Exit(send_due(places(context), held=held, as_json=as_json))


@alert_app.command("replay")
def replay_alerts(
    context: typer.Context,
    channel: Annotated[str, typer.Argument(help="The name of a channel.")],
    since: Annotated[str, typer.Option(help="A day or moment, such as 2026-03-02 or 2026-03-02T08:00.")],
    until: Annotated[str | None, typer.Option(help="Likewise; now by default.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Send what a channel was sent in a span of time once more, marked as a replay; the alerts stay as they are."""
    from monitor.cli.alerting import send_again

    raise typer.Exit(send_again(places(context), channel, since=since, until=until, as_json=as_json))


@alert_app.command("test")
def try_channel(context: typer.Context, channel: Annotated[str, typer.Argument(help="The name of a channel.")]) -> None:
    """Send a test message to every address of a channel, on the real path."""
    from monitor.cli.alerting import send_test

    raise typer.Exit(send_test(places(context), channel))


def main() -> None:
    """The `govwatch` command. Exit 0: done; 1: partly failed, or not done; 2: wrong use or configuration; 130: interrupted."""
    try:
        try:
            app(prog_name="govwatch")
        finally:
            if sys.stdout:  # None where the caller closed it
                sys.stdout.flush()  # what cannot be written is told here, and not by the interpreter while it closes
            leave_the_rest()
    except SystemExit as end:
        if end.code != EXIT_INTERRUPTED:
            raise
        os._exit(EXIT_INTERRUPTED)  # all is in order; Python would wait for the thread that some server keeps waiting
    except GovwatchError as error:
        complain(f"govwatch: {error}")
        sys.exit(EXIT_PARTLY_FAILED if isinstance(error, WorkFailed) else EXIT_WRONG_USE)
    except BrokenPipeError:
        # the reader of our output went away (`| head`); Python would complain once more while closing
        _drop_output()
        sys.exit(EXIT_PARTLY_FAILED)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EIO}:
            raise
        _drop_output()
        complain(f"govwatch: the output could not be written: {error.strerror}")
        sys.exit(EXIT_PARTLY_FAILED)


def _drop_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
