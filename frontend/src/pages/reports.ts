import { drawChart } from "../chart";
import { h } from "../dom";
import { dateTime, money, month, period } from "../format";
import { runPanel } from "../run-panel";
import type { Page, Shop, Visit } from "../shop";
import { askToSignIn, fill, skeleton } from "../states";
import type { Report, ReportLine } from "../types";

export const reports: Page = {
  title: "Reports",
  show(view, shop, visit) {
    const box = h("div");
    view.append(h("h1", {}, "Reports"), box);
    if (!shop.person) {
      box.append(askToSignIn(shop, "the reports", "How the shop is doing, every night, for the Fernhill team."));
      return;
    }
    void load(box, shop, visit, visit.id);
  },
};

interface Shelf {
  readonly all: readonly ReportLine[];
  readonly shown: Report | null;
}

/** @param wanted a report's id; empty for the latest. */
async function load(box: HTMLElement, shop: Shop, visit: Visit, wanted: string): Promise<void> {
  await fill(box, shop, visit.signal, {
    waiting: "Loading the reports",
    skeleton: [...skeleton(4), ...skeleton(8), ...skeleton(16)],
    load: () => shelf(shop, visit, wanted),
    done: (found) => content(found, shop, visit, wanted),
    forbidden: () => [notForYou(shop)],
  });
}

async function shelf(shop: Shop, { signal }: Visit, wanted: string): Promise<Shelf> {
  const all = await shop.api.reports(signal);
  const id = wanted === "" ? all[0]?.id : wanted;
  return { all, shown: id === undefined ? null : await shop.api.report(id, signal) };
}

function content({ all, shown }: Shelf, shop: Shop, visit: Visit, wanted: string): HTMLElement[] {
  const place = h("div");
  const earlier = h("div");
  const put = (report: Report, lines: readonly ReportLine[]): void => {
    place.replaceChildren(sheet(report, wanted === "" || report.id === lines[0]?.id, visit.signal));
    earlier.replaceChildren(...list(lines, report));
  };
  if (shown) put(shown, all);
  else place.append(h("p", { class: "empty" }, "No report yet. One is made every night, or now with the button above."));
  const panel = runPanel(shop, visit.signal, async () => {
    const fresh = await shelf(shop, visit, "");
    if (visit.signal.aborted || !fresh.shown) return;
    put(fresh.shown, fresh.all);
  });
  return [panel, place, earlier];
}

function notForYou(shop: Shop): HTMLElement {
  const leave = (): void => { void shop.auth.signOut(); };
  return h(
    "div",
    { class: "empty" },
    h("h2", {}, "Reports are for the Fernhill team"),
    h("p", {}, `You are signed in as ${shop.person?.name ?? "a customer"}, whose account may not read them. Your own plan and receipts are one step away.`),
    h(
      "p",
      { class: "actions middle" },
      h("a", { class: "button", href: "/account" }, "Plan and receipts"),
      h("button", { class: "button quiet", type: "button", onclick: leave }, "Use another account"),
    ),
  );
}

function sheet(report: Report, latest: boolean, signal: AbortSignal): HTMLElement {
  const { currency } = report;
  return h(
    "article",
    { class: "report", "aria-label": latest ? "Latest report" : "Earlier report" },
    h(
      "header",
      {},
      h("h2", {}, period(report.period_start, report.period_end)),
      h("p", { class: "muted" }, `${latest ? "Latest report, made" : "Made"} `, h("time", { datetime: report.created_at }, dateTime(report.created_at))),
    ),
    figures(report),
    h("h3", {}, "Revenue by month"),
    chart(report, signal),
    h("h3", {}, "By plan"),
    planTable(report, currency),
  );
}

function figures(report: Report): HTMLElement {
  const all: [string, string][] = [
    ["Revenue", money(report.revenue_cents, report.currency)],
    ["Active subscribers", String(report.active_subscribers)],
    ["New", String(report.new_subscribers)],
    ["Cancelled", String(report.cancelled)],
  ];
  return h("dl", { class: "figures" }, ...all.map(([name, value]) => h("div", {}, h("dt", { class: "muted" }, name), h("dd", {}, value))));
}

/** The drawing follows the width it has; the same numbers follow as a table for those who want them exactly. */
function chart(report: Report, signal: AbortSignal): HTMLElement {
  const frame = h("div", { class: "chart-frame" });
  const observer = new ResizeObserver(([entry]) => {
    const width = Math.round(entry?.contentRect.width ?? 0);
    if (width > 0) frame.replaceChildren(drawChart(report.by_month, report.currency, width));
  });
  observer.observe(frame);
  signal.addEventListener("abort", () => { observer.disconnect(); }, { once: true });
  return h("figure", {}, frame, h("details", {}, h("summary", {}, "The numbers as a table"), monthTable(report)));
}

function monthTable(report: Report): HTMLElement {
  const rows = [...report.by_month].reverse().map((one) =>
    h("tr", {}, h("th", { scope: "row", "data-label": "Month" }, month(one.month)), number("Revenue", money(one.revenue_cents, report.currency))),
  );
  return table(["Month", "Revenue"], rows);
}

function planTable(report: Report, currency: string): HTMLElement {
  const rows = report.by_plan.map((plan) =>
    h(
      "tr",
      {},
      h("th", { scope: "row", "data-label": "Plan" }, plan.name),
      number("Subscribers", String(plan.subscribers)),
      number("Revenue", money(plan.revenue_cents, currency)),
    ),
  );
  return table(["Plan", "Subscribers", "Revenue"], rows);
}

function list(all: readonly ReportLine[], shown: Report): HTMLElement[] {
  const rest = all.filter((line) => line.id !== shown.id);
  if (rest.length === 0) return [];
  const latest = all[0]?.id;
  const rows = rest.map((line) =>
    h(
      "tr",
      {},
      h("th", { scope: "row", "data-label": "Period" }, h("a", { href: line.id === latest ? "/reports" : `/reports/${encodeURIComponent(line.id)}` }, period(line.period_start, line.period_end))),
      number("Made", dateTime(line.created_at)),
      number("New", String(line.new_subscribers)),
      number("Revenue", money(line.revenue_cents, shown.currency)),
    ),
  );
  return [h("h2", { class: "section" }, "Other reports"), table(["Period", "Made", "New", "Revenue"], rows)];
}

/** The first column is text, the others are numbers and dates. */
function table(names: readonly string[], rows: HTMLElement[]): HTMLElement {
  const head = names.map((name, index) => h("th", { scope: "col", class: index > 0 ? "num" : undefined }, name));
  return h("table", { class: "table" }, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows));
}

function number(label: string, text: string): HTMLElement {
  return h("td", { class: "num", "data-label": label }, text);
}
