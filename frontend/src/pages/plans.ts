import { ApiError } from "../api";
import { goToCheckout } from "../checkout";
import { h } from "../dom";
import { money } from "../format";
import type { Page, Shop, Visit } from "../shop";
import { errorNote, fill, problem, skeleton } from "../states";
import { isRunning, statusBadge } from "../subscription";
import type { Me, Plan, Subscription } from "../types";

export const plans: Page = {
  title: "Plans",
  show(view, shop, visit) {
    const notes = h("div", { class: "notes" });
    const box = h("div");
    view.append(...heading(), notes, box);
    if (visit.query.get("checkout") === "cancelled") showCancelled(notes);
    void fill(box, shop, visit.signal, {
      waiting: "Loading the plans",
      skeleton: [h("div", { class: "grid plans" }, ...skeleton(24, 24, 24))],
      load: () => Promise.all([shop.api.plans(visit.signal), ownSubscription(notes, shop, visit)]),
      done: ([offered, mine]) => [list(offered, mine, notes, shop, visit), ...promises()],
    });
    if (visit.plan !== "" && shop.person) void subscribe(visit.plan, null, notes, shop, visit);
  },
};

function heading(): HTMLElement[] {
  return [
    h("h1", {}, "Good tea, once a month"),
    h("p", { class: "lead muted" }, "Whole-leaf teas from small gardens, packed by hand and posted in the first week of every month. Choose how much you drink."),
  ];
}

function showCancelled(notes: HTMLElement): void {
  // Once only: a reload or a bookmark is no new cancellation.
  history.replaceState(history.state, "", location.pathname);
  notes.replaceChildren(h("div", { class: "note", role: "status" }, h("p", {}, "Checkout cancelled. Nothing was charged; the plans are still here.")));
}

/** The plans can be shown without it, so a failure here becomes a note above them. */
async function ownSubscription(notes: HTMLElement, shop: Shop, visit: Visit): Promise<Subscription | null> {
  if (!shop.person) return null;
  try {
    return (await shop.api.me(visit.signal)).subscription;
  } catch (error) {
    visit.signal.throwIfAborted();
    // Nothing answered: the plans themselves will say so, once.
    if (!(error instanceof ApiError && error.status === 0)) notes.replaceChildren(await problem(error, shop, () => { shop.go("/"); }));
    return null;
  }
}

function list(offered: readonly Plan[], mine: Subscription | null, notes: HTMLElement, shop: Shop, visit: Visit): HTMLElement {
  if (offered.length === 0) return h("div", { class: "empty" }, "No plans are on sale just now. They appear here as soon as the shop has some.");
  return h("ul", { class: "grid plans" }, ...offered.map((plan) => card(plan, mine, notes, shop, visit)));
}

function card(plan: Plan, mine: Subscription | null, notes: HTMLElement, shop: Shop, visit: Visit): HTMLElement {
  const current = mine?.plan.id === plan.id && isCurrent(mine) ? mine : null;
  return h(
    "li",
    { class: current ? "card plan current" : "card plan" },
    h("div", { class: "plan-head" }, h("h2", {}, plan.name), current ? ownBadge(current) : null),
    h("p", { class: "price" }, h("strong", {}, money(plan.price_cents, plan.currency)), h("span", { class: "muted" }, ` a ${plan.interval}`)),
    h("p", {}, plan.description),
    h("ul", { class: "features" }, ...plan.features.map((feature) => h("li", {}, feature))),
    current ? h("a", { class: "button quiet", href: "/account" }, "Plan and receipts") : subscribeButton(plan, notes, shop, visit),
  );
}

function isCurrent(mine: Me["subscription"] & object): boolean {
  return isRunning(mine) || mine.status === "past_due";
}

function ownBadge(mine: Subscription): HTMLElement {
  return mine.status === "active" ? h("span", { class: "badge ok" }, "Your plan") : statusBadge(mine.status, "Your plan · ");
}

function subscribeButton(plan: Plan, notes: HTMLElement, shop: Shop, visit: Visit): HTMLElement {
  const button = h("button", { class: "button", type: "button" }, `Subscribe to ${plan.name}`);
  button.addEventListener("click", () => { void subscribe(plan.id, button, notes, shop, visit); });
  return button;
}

/** To the checkout; somebody unknown signs in first and then goes on there. */
async function subscribe(plan: string, button: HTMLButtonElement | null, notes: HTMLElement, shop: Shop, visit: Visit): Promise<void> {
  if (button) button.disabled = true;
  try {
    if (!shop.person) await shop.auth.signIn({ path: "/", plan });
    else await leaveFor(plan, notes, shop, visit);
  } catch (error) {
    if (visit.signal.aborted) return;
    if (button) button.disabled = false;
    notes.replaceChildren(await refusal(error, shop, () => { void subscribe(plan, button, notes, shop, visit); }));
    notes.scrollIntoView({ block: "nearest" });
  }
}

async function leaveFor(plan: string, notes: HTMLElement, shop: Shop, visit: Visit): Promise<void> {
  notes.replaceChildren(h("div", { class: "note", role: "status" }, h("span", { class: "spinner", "aria-hidden": "true" }), " Taking you to the checkout …"));
  await goToCheckout(plan, shop, visit.signal);
}

function refusal(error: unknown, shop: Shop, again: () => void): Promise<HTMLElement> {
  if (!(error instanceof ApiError && error.code === "already-subscribed")) return problem(error, shop, again);
  const text = h("p", {}, "Nothing was charged. Your account shows the plan and when it renews.");
  return Promise.resolve(errorNote("You already have this plan", [text], "See my account", () => { shop.go("/account"); }));
}

function promises(): HTMLElement[] {
  const points = [
    ["Fresh, not stored", "Each tea is bought for one month’s parcels. What you get was packed that week."],
    ["Stop when you like", "Cancel before the first of the month and nothing more is charged."],
    ["A receipt for everything", "Every payment sends one by email, and your account keeps them all."],
  ];
  return [h("div", { class: "promises" }, ...points.map(([title = "", text = ""]) => h("div", {}, h("h2", {}, title), h("p", { class: "muted" }, text))))];
}
