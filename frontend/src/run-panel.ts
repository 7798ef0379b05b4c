import { ApiError } from "./api";
import { SessionEnded } from "./auth";
import { h } from "./dom";
import { dateTime } from "./format";
import { isFinished, lastFinished, percent, runUnderWay, sentence } from "./runs";
import type { Shop } from "./shop";
import { problem } from "./states";
import type { Run } from "./types";
import { wait } from "./wait";

/** The button that runs the report now, and the line that says how far it is. */

const ASK_AGAIN_MS = 700;
/** Failed questions in a row before the page gives up following; the run itself goes on. */
const PATIENCE = 10;

interface Panel {
  readonly button: HTMLButtonElement;
  readonly line: HTMLElement;
  readonly bar: HTMLProgressElement;
  readonly notes: HTMLElement;
}

/** @param finished is called after a run has completed; the new report can be read then. */
export function runPanel(shop: Shop, signal: AbortSignal, finished: () => Promise<void>): HTMLElement {
  const panel: Panel = {
    button: h("button", { class: "button", type: "button" }, "Run the report now"),
    line: h("p", { class: "muted", role: "status" }),
    bar: h("progress", { max: 100, value: 0, "aria-label": "Progress of the report" }),
    notes: h("div", {}),
  };
  panel.bar.classList.add("idle");
  const follow = (run: () => Promise<Run>): void => { void followRun(run, panel, shop, signal, finished); };
  panel.button.addEventListener("click", () => {
    if (panel.button.getAttribute("aria-disabled") !== "true") follow(() => shop.api.startRun(signal));
  });
  void showLast(panel, shop, signal, follow);
  return h("section", { class: "run", "aria-label": "Run the report" }, panel.button, h("div", { class: "run-state" }, panel.line, panel.bar), panel.notes);
}

/** What ran last, or a run that is under way since before this page was opened. No answer leaves the line empty. */
async function showLast(panel: Panel, shop: Shop, signal: AbortSignal, follow: (run: () => Promise<Run>) => void): Promise<void> {
  const runs = await shop.api.runs(signal).catch(() => []);
  if (signal.aborted || isBusy(panel)) return;
  const [current, last] = [runUnderWay(runs), lastFinished(runs)];
  if (current) follow(() => Promise.resolve(current));
  else if (last) panel.line.textContent = lastSentence(last);
}

function lastSentence(run: Run): string {
  const by = run.trigger === "person" ? "by hand" : "by the nightly schedule";
  const when = run.finished_at === null ? "" : ` on ${dateTime(run.finished_at)}`;
  return `Last run ${by}${when}: ${run.state}`;
}

/** @param first starts the run, or finds one that was started; trying again never starts a second one. */
async function followRun(first: () => Promise<Run>, panel: Panel, shop: Shop, signal: AbortSignal, finished: () => Promise<void>): Promise<void> {
  busy(panel, true);
  panel.notes.replaceChildren();
  panel.line.textContent = "Starting the run";
  panel.bar.value = 0;
  let resume = first;
  try {
    const started = await first();
    resume = () => shop.api.run(started.id, signal);
    const run = await untilFinished(started, panel, shop, signal);
    if (run.state === "completed") await finished();
    draw(panel, run);
    if (run.state === "completed") panel.line.classList.add("done");
  } catch (error) {
    if (signal.aborted) return;
    panel.line.textContent = "";
    const again = (): void => { panel.notes.replaceChildren(); panel.button.focus(); void followRun(resume, panel, shop, signal, finished); };
    panel.notes.replaceChildren(await problem(error, shop, again));
  }
  busy(panel, false);
}

async function untilFinished(started: Run, panel: Panel, shop: Shop, signal: AbortSignal): Promise<Run> {
  let run = started;
  for (let failures = 0; !isFinished(run); ) {
    draw(panel, run);
    await wait(ASK_AGAIN_MS, signal);
    try {
      run = await shop.api.run(run.id, signal);
      failures = 0;
    } catch (error) {
      failures += 1;
      if (!mayPass(error) || failures >= PATIENCE) throw error;
      panel.line.textContent = "The connection was lost; asking again";
    }
  }
  return run;
}

/** A pause of the network or of a server in front must not end the following of a run that goes on. */
function mayPass(error: unknown): boolean {
  if (error instanceof SessionEnded) return false;
  return error instanceof ApiError ? error.status === 0 || error.status >= 500 : false;
}

function draw(panel: Panel, run: Run): void {
  panel.bar.value = percent(run);
  panel.line.classList.toggle("failed", run.state === "failed");
  // Said again only when it changed, or a screen reader would repeat it every time.
  if (panel.line.textContent !== sentence(run)) panel.line.textContent = sentence(run);
}

function busy(panel: Panel, on: boolean): void {
  // Not `disabled`: the button keeps the focus of the person who pressed it.
  panel.button.setAttribute("aria-disabled", String(on));
  panel.bar.classList.toggle("idle", !on);
  if (on) panel.line.classList.remove("done", "failed");
}

function isBusy(panel: Panel): boolean {
  return panel.button.getAttribute("aria-disabled") === "true";
}
