import { describe, expect, test } from "vitest";
import { isConfirmed } from "../src/checkout";
import { nextStep } from "../src/subscription";
import type { Plan, Subscription, SubscriptionStatus } from "../src/types";

const plan: Plan = { id: "house", name: "House", description: "", price_cents: 1900, currency: "eur", interval: "month", features: [] };
const having = (status: SubscriptionStatus, renews_at: string | null = null): Subscription => ({ plan, status, since: "2026-01-05T00:00:00Z", renews_at });

describe("a checkout is confirmed", () => {
  test("by a running subscription to the plan that was bought", () => {
    expect(isConfirmed({ subscription: having("active") }, "house")).toBe(true);
    expect(isConfirmed({ subscription: having("trialling") }, "house")).toBe(true);
  });
  test("not by an older one to another plan, nor by one that is not paid", () => {
    expect(isConfirmed({ subscription: having("active") }, "cellar")).toBe(false);
    expect(isConfirmed({ subscription: having("past_due") }, "house")).toBe(false);
    expect(isConfirmed({ subscription: null }, null)).toBe(false);
  });
  test("by any running one when the bought plan is not known", () => {
    expect(isConfirmed({ subscription: having("active") }, null)).toBe(true);
  });
});

test.each<[Subscription, string]>([
  [having("active", "2026-07-01T00:00:00Z"), "Renews on 1 July 2026"],
  [having("active"), "Since 5 January 2026"],
  [having("trialling", "2026-07-01T00:00:00Z"), "Trial until 1 July 2026; the first payment is taken then"],
  [having("past_due"), "The last payment did not go through"],
  [having("cancelled"), "Nothing more will be charged"],
])("what comes next is said for %o", (subscription, words) => {
  expect(nextStep(subscription)).toBe(words);
});
