"""Plans: lists of steps with a cause for each, made from one observation."""

from stagekit.plan.steps import Because, BuildImages, Clear, Plan, PullImages, Replace, Start, Step, WaitReady
from stagekit.plan.up import Wanted, plan_up

__all__ = [
    "Because",
    "BuildImages",
    "Clear",
    "Plan",
    "PullImages",
    "Replace",
    "Start",
    "Step",
    "WaitReady",
    "Wanted",
    "plan_up",
]
