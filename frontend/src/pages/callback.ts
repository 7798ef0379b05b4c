import { h } from "../dom";
import type { Page, Shop, Visit } from "../shop";
import { errorNote } from "../states";

/** Where the sign-in comes back to: takes its answer and goes on to what the person was about to do. */
export const callback: Page = {
  title: "Signing in",
  show(view, shop, visit) {
    view.append(h("h1", {}, "Signing in"), h("p", { class: "muted", role: "status" }, "One moment …"));
    void finish(view, shop, visit);
  },
};

async function finish(view: HTMLElement, shop: Shop, visit: Visit): Promise<void> {
  try {
    const intent = await shop.auth.finishSignIn();
    shop.person = await shop.auth.person();
    // In its place in the history: going back must not hand in the same answer twice.
    if (!visit.signal.aborted) shop.go(intent.path, { plan: intent.plan, replace: true });
  } catch (error) {
    if (visit.signal.aborted) return;
    const reason = error instanceof Error && error.message !== "" ? error.message : "The answer of the sign-in could not be used.";
    const text = [h("p", {}, "Nothing is lost. This happens when the page is loaded twice, or the sign-in was left half way."), h("p", { class: "muted" }, reason)];
    view.lastElementChild?.replaceWith(errorNote("The sign-in did not finish", text, "Sign in again", () => { shop.go("/sign-in"); }));
  }
}
