import type { Run, RunState } from "./types";

/** What a run of the report is doing, in words; decided here, drawn by the page. */

const FINISHED: readonly RunState[] = ["completed", "failed", "cancelled"];

export function isFinished(run: Run): boolean {
  return FINISHED.includes(run.state);
}

/** The run to follow when the page opens: the newest unfinished one that a person started or that has begun. */
export function runUnderWay(runs: readonly Run[]): Run | undefined {
  return runs.find((run) => !isFinished(run) && (run.trigger === "person" || run.state !== "scheduled"));
}

/** The newest run that has ended. `runs` are newest first. */
export function lastFinished(runs: readonly Run[]): Run | undefined {
  return runs.find(isFinished);
}

/** 0 to 100; a finished report is whole whatever the last number was. */
export function percent(run: Run): number {
  if (run.state === "completed") return 100;
  return Math.round(Math.min(1, Math.max(0, run.progress)) * 100);
}

/** One sentence for the progress line. */
export function sentence(run: Run): string {
  const message = run.message.trim().replace(/\.$/, "");
  switch (run.state) {
    case "scheduled":
    case "pending":
      return "Waiting for the worker to start";
    case "running":
      return `${message === "" ? "Running" : message}, ${percent(run)} %`;
    case "completed":
      return "Finished. The new report is below";
    case "failed":
      return message === "" ? "The run failed" : `The run failed: ${message}`;
    case "cancelled":
      return "The run was cancelled";
  }
}
