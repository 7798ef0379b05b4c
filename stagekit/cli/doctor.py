"""`stagekit doctor`: checks this machine and this project; each finding with its fix."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    parser = verbs.add_parser(
        "doctor",
        help="check this machine and this project, with the fix for each finding",
        description="Checks this machine (engine, Compose, disk, memory, port, names, CA, clock) and this project "
        "(what keeps it from running twice, or elsewhere). Changes nothing. Ends with 1 where a check failed.",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object: ok, and a list of findings")
    parser.set_defaults(run=doctor)


def doctor(arguments: argparse.Namespace) -> int:
    """Prints the findings; 0 when none failed, else 1."""
    import json

    from stagekit.cli.examine import examine
    from stagekit.report.doctor import doctor_json, doctor_text, is_well

    findings = examine(arguments.project_directory)
    print(json.dumps(doctor_json(findings), indent=2) if arguments.json else doctor_text(findings))
    return 0 if is_well(findings) else 1
