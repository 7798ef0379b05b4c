import { describe, expect, test } from "vitest";
import { isFinished, lastFinished, percent, runUnderWay, sentence } from "../src/runs";
import type { Run } from "../src/types";

function run(given: Partial<Run>): Run {
  const usual: Run = { id: "r1", name: "brisk-fern", state: "running", progress: 0, trigger: "person", started_at: null, finished_at: null, message: "", report_id: null };
  return { ...usual, ...given };
}

describe("a run's sentence", () => {
  test.each<[Partial<Run>, string]>([
    [{ state: "scheduled" }, "Waiting for the worker to start"],
    [{ state: "pending" }, "Waiting for the worker to start"],
    [{ state: "running", progress: 0.4, message: "Adding up the months." }, "Adding up the months, 40 %"],
    [{ state: "running", progress: 0.25 }, "Running, 25 %"],
    [{ state: "completed" }, "Finished. The new report is below"],
    [{ state: "failed", message: "no database" }, "The run failed: no database"],
    [{ state: "failed" }, "The run failed"],
    [{ state: "cancelled" }, "The run was cancelled"],
  ])("for %o is: %s", (given, words) => {
    expect(sentence(run(given))).toBe(words);
  });
});

test("progress stays between 0 and 100, and what is complete is whole", () => {
  expect([-1, 0.333, 2].map((progress) => percent(run({ progress })))).toEqual([0, 33, 100]);
  expect(percent(run({ state: "completed", progress: 0.8 }))).toBe(100);
});

describe("of several runs, newest first", () => {
  const tonight = run({ id: "tonight", state: "scheduled", trigger: "schedule" });
  const mine = run({ id: "mine", state: "running" });
  const before = run({ id: "before", state: "completed" });
  test("the one to follow is under way, not one planned for tonight", () => {
    expect(runUnderWay([tonight, mine, before])?.id).toBe("mine");
    expect(runUnderWay([tonight, before])).toBeUndefined();
  });
  test("the last one is the newest that has ended", () => {
    expect(lastFinished([tonight, mine, before])?.id).toBe("before");
    expect([tonight, mine, before].map(isFinished)).toEqual([false, false, true]);
  });
});
