"""`check`: every fault of the configuration, before anything starts, and advice on words that trap."""

import os
from dataclasses import asdict
from pathlib import Path

from crawler.counting import write_number
from monitor.cli.output import complain, print_json, say
from monitor.cli.places import EXIT_WRONG_USE
from monitor.configuration import ConfigurationFaulty, read_configuration
from monitor.traps import find_all_advice


def check_configuration(folder: Path, *, as_json: bool) -> int:
    try:
        configuration = read_configuration(folder, os.environ)
    except ConfigurationFaulty as faulty:
        if as_json:
            print_json({"ok": False, "faults": [asdict(fault) for fault in faulty.faults]})
        else:
            complain(str(faulty))
        return EXIT_WRONG_USE
    enabled = len(configuration.enabled_sources)
    counts = {
        "sources": enabled,
        "disabled": len(configuration.sources) - enabled,
        "watches": len(configuration.watches),
        "channels": len(configuration.channels),
    }
    advice = find_all_advice(configuration.watches)
    if as_json:
        told = [asdict(each) for each in advice]
        print_json({"ok": True, **counts, "warnings": configuration.warnings, "advice": told})
        return 0
    for warning in configuration.warnings:
        complain(f"warning: {warning}")
    for each in advice:
        complain(f"advice: watch “{each.watch}”: {each}")
    watches, channels = write_number(counts["watches"], "watch"), write_number(counts["channels"], "channel")
    say(
        f"{folder}: all well: {write_number(enabled, 'source')} enabled, {counts['disabled']} disabled;"
        f" {watches}, {channels}"
    )
    return 0
