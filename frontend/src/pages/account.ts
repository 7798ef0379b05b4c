import type { Person } from "../auth";
import { boughtPlan, forgetCheckout, goToCheckout, isConfirmed } from "../checkout";
import { isProduction } from "../config";
import { h } from "../dom";
import { date, money } from "../format";
import type { Page, Shop, Visit } from "../shop";
import { askToSignIn, fill, problem, skeleton } from "../states";
import { nextStep, paymentBadge, statusBadge } from "../subscription";
import type { Me, Payment, Subscription } from "../types";
import { wait } from "../wait";

/** The webhook usually arrives within a second or two of the payment. */
const CONFIRMATION_MS = 30_000;
const ASK_AGAIN_MS = 1_000;

export const account: Page = {
  title: "My account",
  show(view, shop, visit) {
    const notes = h("div", { class: "notes", role: "status" });
    const box = h("div");
    const { person } = shop;
    view.append(h("h1", {}, "My account"), ...(person ? [whoLine(person)] : []), notes, box);
    if (!person) {
      box.append(askToSignIn(shop, "your account", "Your plan and your receipts are kept here."));
      return;
    }
    if (visit.query.get("checkout") === "success") void confirm(notes, box, shop, visit);
    else void load(box, shop, visit);
  },
};

function whoLine({ name, email }: Person): HTMLElement {
  return h("p", { class: "muted" }, email === "" || email === name ? name : `${name}, ${email}`);
}

async function load(box: HTMLElement, shop: Shop, visit: Visit): Promise<void> {
  await fill(box, shop, visit.signal, {
    waiting: "Loading your account",
    skeleton: [...skeleton(10), ...skeleton(16)],
    load: () => shop.api.me(visit.signal),
    done: (me) => content(me, shop, visit),
  });
}

function content(me: Me, shop: Shop, visit: Visit): HTMLElement[] {
  return [planCard(me, shop, visit), h("h2", { class: "section" }, "Receipts"), receipts(me, shop)];
}

function planCard(me: Me, shop: Shop, visit: Visit): HTMLElement {
  const mine = me.subscription;
  if (mine) return subscribed(mine, shop, visit);
  return h(
    "div",
    { class: "empty" },
    h("p", {}, "No plan yet. Choose one and it shows here, with the day it renews."),
    h("p", {}, h("a", { class: "button", href: "/" }, "See the plans")),
  );
}

function subscribed(mine: Subscription, shop: Shop, visit: Visit): HTMLElement {
  const { plan } = mine;
  return h(
    "section",
    { class: "card own-plan", "aria-label": "Your plan" },
    h(
      "div",
      {},
      h("div", { class: "plan-head" }, h("h2", {}, plan.name), statusBadge(mine.status)),
      h("p", {}, `${money(plan.price_cents, plan.currency)} a ${plan.interval}. ${nextStep(mine)}.`),
      h("p", { class: "muted" }, `With us since ${date(mine.since)}`),
    ),
    h("div", { class: "actions" }, action(mine, shop, visit)),
  );
}

function action(mine: Subscription, shop: Shop, visit: Visit): HTMLElement {
  if (mine.status !== "past_due") return h("a", { class: "button quiet", href: "/" }, "See all plans");
  const button = h("button", { class: "button", type: "button" }, `Pay for ${mine.plan.name}`);
  button.addEventListener("click", () => { void pay(button, mine.plan.id, shop, visit); });
  return button;
}

async function pay(button: HTMLButtonElement, plan: string, shop: Shop, visit: Visit): Promise<void> {
  button.disabled = true;
  try {
    await goToCheckout(plan, shop, visit.signal);
  } catch (error) {
    if (visit.signal.aborted) return;
    button.disabled = false;
    const again = (): void => { void pay(button, plan, shop, visit); };
    document.querySelector(".notes")?.replaceChildren(await problem(error, shop, again));
  }
}

function receipts(me: Me, shop: Shop): HTMLElement {
  const box = h("div", {});
  if (me.payments.length > 0) box.append(receiptTable(me.payments));
  else box.append(h("p", { class: "empty" }, "No receipts yet. The first comes with your first payment."));
  const { mailUrl } = shop.config;
  if (mailUrl !== "" && !isProduction(shop.config)) box.append(inboxLine(me.email, mailUrl));
  return box;
}

function receiptTable(payments: readonly Payment[]): HTMLElement {
  const names = ["Receipt", "Date", "For", "Status"].map((name) => h("th", { scope: "col" }, name));
  const head = h("tr", {}, ...names, h("th", { scope: "col", class: "num" }, "Amount"));
  return h("table", { class: "table" }, h("thead", {}, head), h("tbody", {}, ...payments.map(receiptRow)));
}

function receiptRow(payment: Payment): HTMLElement {
  return h(
    "tr",
    {},
    h("th", { scope: "row", "data-label": "Receipt" }, payment.receipt_number),
    h("td", { "data-label": "Date" }, h("time", { datetime: payment.paid_at }, date(payment.paid_at))),
    h("td", { "data-label": "For" }, payment.description),
    h("td", { "data-label": "Status" }, paymentBadge(payment.status)),
    h("td", { "data-label": "Amount", class: "num" }, money(payment.amount_cents, payment.currency)),
  );
}

function inboxLine(email: string | null, mailUrl: string): HTMLElement {
  const where = email === null ? "Receipts are sent by email." : `Receipts are sent to ${email}.`;
  return h("p", { class: "muted" }, `${where} On this copy all mail stays here: `, h("a", { href: mailUrl }, "Open the inbox"));
}

/** Back from the checkout: asks until the webhook has made the subscription, and says what it waits for. */
async function confirm(notes: HTMLElement, box: HTMLElement, shop: Shop, visit: Visit): Promise<void> {
  history.replaceState(null, "", location.pathname);
  notes.replaceChildren(waiting());
  box.replaceChildren(...skeleton(10), ...skeleton(16));
  try {
    const me = await untilConfirmed(shop, visit, boughtPlan());
    notes.replaceChildren(me ? thanks(me) : late(notes, box, shop, visit));
    if (me) forgetCheckout();
  } catch (error) {
    if (visit.signal.aborted) return;
    notes.replaceChildren(await problem(error, shop, () => { void confirm(notes, box, shop, visit); }));
    box.replaceChildren();
    return;
  }
  await load(box, shop, visit);
}

async function untilConfirmed(shop: Shop, visit: Visit, plan: string | null): Promise<Me | null> {
  for (let waited = 0; waited < CONFIRMATION_MS; waited += ASK_AGAIN_MS) {
    const me = await shop.api.me(visit.signal);
    if (isConfirmed(me, plan)) return me;
    await wait(ASK_AGAIN_MS, visit.signal);
  }
  return null;
}

function waiting(): HTMLElement {
  return h("div", { class: "note" }, h("p", {}, h("span", { class: "spinner", "aria-hidden": "true" }), " Payment received. Waiting for the bank’s confirmation …"));
}

function thanks(me: Me): HTMLElement {
  const plan = me.subscription?.plan.name ?? "Your plan";
  const receipt = me.email === null ? "The receipt is on its way." : `The receipt is on its way to ${me.email}.`;
  return h("div", { class: "note ok" }, h("h2", {}, "Thank you"), h("p", {}, `${plan} is yours. ${receipt}`));
}

function late(notes: HTMLElement, box: HTMLElement, shop: Shop, visit: Visit): HTMLElement {
  const again = (): void => { void confirm(notes, box, shop, visit); };
  return h(
    "div",
    { class: "note" },
    h("h2", {}, "Your payment is not confirmed yet"),
    h("p", {}, "This can take a few minutes. You need not pay again; the plan shows here once it is confirmed."),
    h("p", {}, h("button", { class: "button quiet", type: "button", onclick: again }, "Check again")),
  );
}
