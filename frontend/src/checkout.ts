import { ApiError } from "./api";
import { isWebAddress } from "./config";
import type { Shop } from "./shop";
import type { Me } from "./types";

/** The way to the checkout and what is remembered of it until the person comes back. */

const REMEMBERED = "fernhill.checkout";

/** Leaves the page for the checkout of this plan. */
export async function goToCheckout(plan: string, shop: Shop, signal: AbortSignal): Promise<void> {
  const { url } = await shop.api.checkout(plan, signal);
  if (!isWebAddress(url)) throw new ApiError("The checkout's address could not be read", 201);
  sessionStorage.setItem(REMEMBERED, plan);
  location.assign(url);
}

/** The plan that was being bought; null when another tab did it. */
export function boughtPlan(): string | null {
  return sessionStorage.getItem(REMEMBERED);
}

export function forgetCheckout(): void {
  sessionStorage.removeItem(REMEMBERED);
}

/** True once the payment's webhook has arrived: the bought plan, or any when it is not known, is running. */
export function isConfirmed(me: Pick<Me, "subscription">, plan: string | null): boolean {
  if (!me.subscription || !["active", "trialling"].includes(me.subscription.status)) return false;
  return plan === null || me.subscription.plan.id === plan;
}
