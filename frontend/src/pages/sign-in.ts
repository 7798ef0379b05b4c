import { h } from "../dom";
import type { Page, Shop, Visit } from "../shop";
import { errorNote } from "../states";

/** Only passes on to the sign-in service, so that "Sign in" can be a plain link. */
export const signInPage: Page = {
  title: "Sign in",
  show(view, shop, visit) {
    const box = h("div");
    view.append(h("h1", {}, "Sign in"), box);
    if (shop.person) box.append(h("p", {}, "You are signed in. ", h("a", { href: "/account" }, "Plan and receipts")));
    else void leave(box, shop, visit);
  },
};

async function leave(box: HTMLElement, shop: Shop, visit: Visit): Promise<void> {
  box.replaceChildren(h("p", { class: "muted", role: "status" }, "Taking you to the sign-in …"));
  try {
    await shop.auth.signIn({ path: "/account" });
  } catch (error) {
    if (visit.signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    box.replaceChildren(errorNote("The sign-in cannot be opened", [h("p", {}, reason)], "Try again", () => { void leave(box, shop, visit); }));
  }
}
