import { s } from "./dom";
import { money, month, roundMoney, shortMonth } from "./format";
import type { Month } from "./types";

/** The revenue chart: geometry and words first (pure), the drawing last. */

export interface Bar {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Geometry {
  readonly bars: readonly Bar[];
  readonly ticks: readonly { readonly value: number; readonly y: number }[];
  readonly left: number;
  readonly bottom: number;
}

const HEIGHT = 240;
const MARGIN = { top: 24, right: 0, bottom: 40, left: 56 };
const TICKS = 4;
const WIDEST_BAR = 40;

/** Bars and gridlines for values of 0 or more in a drawing of this size, in pixels. */
export function geometry(values: readonly number[], width: number, height = HEIGHT): Geometry {
  const step = tickStep(Math.max(...values, 0));
  const top = step * Math.max(1, Math.ceil(Math.max(...values, 0) / step));
  const plot = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  const bottom = MARGIN.top + plot.height;
  const slot = plot.width / Math.max(1, values.length);
  const barWidth = Math.min(WIDEST_BAR, slot * 0.64);
  const bars = values.map((value, index) => {
    const size = (Math.max(0, value) / top) * plot.height;
    return { x: MARGIN.left + slot * index + (slot - barWidth) / 2, y: bottom - size, width: barWidth, height: size };
  });
  const ticks = Array.from({ length: top / step + 1 }, (_, index) => ({
    value: index * step,
    y: bottom - ((index * step) / top) * plot.height,
  }));
  return { bars, ticks, left: MARGIN.left, bottom };
}

/** A round step (1, 2 or 5 times a power of ten) so that at most four of them hold the largest value. */
export function tickStep(largest: number): number {
  if (largest <= 0) return 100;
  const power = 10 ** Math.floor(Math.log10(largest / TICKS));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step * TICKS >= largest) ?? 10 * power;
}

/** The chart in one sentence, for those who do not see it. */
export function summary(months: readonly Month[], currency: string): string {
  const [low, high, last] = [extreme(months, -1), extreme(months, 1), months.at(-1)];
  if (!low || !high || !last) return "Revenue by month: no months yet.";
  const say = (one: Month): string => `${money(one.revenue_cents, currency)} in ${month(one.month)}`;
  return `Revenue by month, ${months.length} bars. Lowest ${say(low)}, highest ${say(high)}, latest ${say(last)}.`;
}

function extreme(months: readonly Month[], sign: 1 | -1): Month | undefined {
  return [...months].sort((a, b) => sign * (b.revenue_cents - a.revenue_cents))[0];
}

/** The year stands under January, and under the first month unless a January follows so close that the two would meet. */
export function yearLabel(months: readonly Month[], index: number): string {
  const january = (at: number): boolean => months[at]?.month.endsWith("-01") ?? false;
  const named = january(index) || (index === 0 && !january(1) && !january(2));
  return named ? (months[index]?.month.slice(0, 4) ?? "") : "";
}

/** The drawing at this width. Its height never changes, so nothing below it moves. */
export function drawChart(months: readonly Month[], currency: string, width: number): SVGSVGElement {
  const shape = geometry(months.map((one) => one.revenue_cents), width);
  const size = { class: "chart", width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}` };
  return s(
    "svg",
    { ...size, role: "img", "aria-label": summary(months, currency) },
    ...shape.ticks.map((tick) => gridline(tick.value, tick.y, shape.left, width, currency)),
    ...months.map((one, index) => column(one, shape, index, yearLabel(months, index), index === months.length - 1, currency)),
  );
}

function gridline(value: number, y: number, left: number, width: number, currency: string): SVGElement {
  const label = s("text", { x: left - 12, y: y + 4, "text-anchor": "end" }, roundMoney(value, currency));
  return s("g", { class: value === 0 ? "axis" : "rule" }, s("line", { x1: left, x2: width, y1: y, y2: y }), label);
}

function column(one: Month, shape: Geometry, index: number, year: string, latest: boolean, currency: string): SVGElement {
  const bar = shape.bars[index] ?? { x: 0, y: 0, width: 0, height: 0 };
  const middle = bar.x + bar.width / 2;
  const named = { x: middle, "text-anchor": "middle" };
  const narrow = bar.width < 18;
  return s(
    "g",
    { class: latest ? "bar latest" : "bar" },
    s("title", {}, `${month(one.month)}: ${money(one.revenue_cents, currency)}`),
    s("rect", { x: bar.x, y: bar.y, width: bar.width, height: bar.height, rx: 2 }),
    s("text", { ...named, y: shape.bottom + 18 }, narrow ? shortMonth(one.month).slice(0, 1) : shortMonth(one.month)),
    s("text", { ...named, y: shape.bottom + 34 }, year),
    latest && !narrow ? s("text", { x: bar.x + bar.width, y: bar.y - 8, "text-anchor": "end" }, roundMoney(one.revenue_cents, currency)) : null,
  );
}
