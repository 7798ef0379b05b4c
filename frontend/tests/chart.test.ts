import { describe, expect, test } from "vitest";
import { geometry, summary, tickStep, yearLabel } from "../src/chart";

describe("the chart's geometry", () => {
  test("keeps every bar inside the drawing, on the axis", () => {
    for (const width of [326, 640, 992]) {
      const shape = geometry([100, 0, 25_000, 7_300, 4, 5, 6, 7, 8, 9, 10, 11], width);
      for (const bar of shape.bars) {
        expect(bar.x).toBeGreaterThanOrEqual(shape.left);
        expect(bar.x + bar.width).toBeLessThanOrEqual(width);
        expect(bar.y + bar.height).toBeCloseTo(shape.bottom);
      }
    }
  });
  test("makes a bar's height its share of the top line", () => {
    const { bars, ticks, bottom } = geometry([500, 1000], 640);
    expect(bars[0]?.height).toBeCloseTo((bars[1]?.height ?? 0) / 2);
    expect(ticks.at(-1)).toMatchObject({ value: 1000 });
    expect(bottom - (ticks.at(-1)?.y ?? 0)).toBeCloseTo(bars[1]?.height ?? 0);
  });
  test("of nothing, or of zeros, has an axis and no heights", () => {
    expect(geometry([], 640).bars).toEqual([]);
    expect(geometry([0, 0], 640).bars.map((bar) => bar.height)).toEqual([0, 0]);
  });
  test("draws what was paid back as nothing rather than below the axis", () => {
    expect(geometry([-500, 500], 640).bars[0]?.height).toBe(0);
  });
  test.each([[0, 100], [1, 0.5], [399, 100], [400, 100], [401, 200], [19_900, 5_000], [25_000, 10_000]])(
    "steps for %d are %d",
    (largest, step) => { expect(tickStep(largest)).toBe(step); },
  );
});

describe("the chart's sentence", () => {
  test("names lowest, highest and latest", () => {
    const months = [
      { month: "2026-03", revenue_cents: 900 },
      { month: "2026-04", revenue_cents: 4000 },
      { month: "2026-05", revenue_cents: 1900 },
    ];
    expect(summary(months, "eur")).toBe(
      "Revenue by month, 3 bars. Lowest €9.00 in March 2026, highest €40.00 in April 2026, latest €19.00 in May 2026.",
    );
  });
  test("of no months says so", () => {
    expect(summary([], "eur")).toBe("Revenue by month: no months yet.");
  });
});

test("years are named under January and where the chart starts, never side by side", () => {
  const labels = (...keys: string[]): string[] => {
    const months = keys.map((month) => ({ month, revenue_cents: 0 }));
    return months.map((_, index) => yearLabel(months, index));
  };
  expect(labels("2025-10", "2025-11", "2025-12", "2026-01")).toEqual(["2025", "", "", "2026"]);
  expect(labels("2025-12", "2026-01", "2026-02")).toEqual(["", "2026", ""]);
});
