import { h } from "./dom";
import { date } from "./format";
import type { PaymentStatus, Subscription, SubscriptionStatus } from "./types";

/** A subscription and its payments in words. */

const STATUS: Record<SubscriptionStatus, readonly [words: string, look: string]> = {
  active: ["Active", "ok"],
  trialling: ["Trial", "ok"],
  past_due: ["Payment due", "warn"],
  cancelled: ["Cancelled", ""],
};

const PAYMENT: Record<PaymentStatus, readonly [words: string, look: string]> = {
  paid: ["Paid", "ok"],
  failed: ["Failed", "bad"],
  refunded: ["Refunded", "warn"],
};

export function isRunning(subscription: Pick<Subscription, "status">): boolean {
  return subscription.status === "active" || subscription.status === "trialling";
}

export function statusBadge(status: SubscriptionStatus, before = ""): HTMLElement {
  const [words, look] = STATUS[status];
  return h("span", { class: `badge ${look}` }, before + (before === "" ? words : words.toLowerCase()));
}

export function paymentBadge(status: PaymentStatus): HTMLElement {
  const [words, look] = PAYMENT[status];
  return h("span", { class: `badge ${look}` }, words);
}

/** What happens next, with its date where one is known. */
export function nextStep({ status, renews_at, since }: Pick<Subscription, "status" | "renews_at" | "since">): string {
  const day = renews_at === null ? null : date(renews_at);
  switch (status) {
    case "active":
      return day === null ? `Since ${date(since)}` : `Renews on ${day}`;
    case "trialling":
      return day === null ? `Trial since ${date(since)}` : `Trial until ${day}; the first payment is taken then`;
    case "past_due":
      return "The last payment did not go through";
    case "cancelled":
      return day === null ? "Nothing more will be charged" : `Ends on ${day}; nothing more will be charged`;
  }
}
