import { ApiError } from "./api";
import { SessionEnded } from "./auth";
import { h, type Child } from "./dom";
import type { Shop } from "./shop";

/** The states every page has besides its content: waiting, gone wrong, not signed in. */

interface Filling<T> {
  /** Spoken while waiting: "Loading your account". */
  readonly waiting: string;
  /** About the size of what will come, so that nothing jumps. */
  readonly skeleton: readonly Node[];
  readonly load: () => Promise<T>;
  readonly done: (value: T) => readonly Node[];
  /** Shown instead of an error to a person who lacks the permission. */
  readonly forbidden?: () => readonly Node[];
}

/** Fills `box` with what `load` brings; waiting and errors, with a way to try again, are shown in the same place. */
export async function fill<T>(box: HTMLElement, shop: Shop, signal: AbortSignal, how: Filling<T>): Promise<void> {
  box.setAttribute("aria-busy", "true");
  box.replaceChildren(h("p", { class: "unseen", role: "status" }, `${how.waiting} …`), ...how.skeleton);
  let nodes: readonly Node[];
  try {
    nodes = how.done(await how.load());
  } catch (error) {
    if (signal.aborted) return;
    const again = (): void => { void fill(box, shop, signal, how); };
    const refused = error instanceof ApiError && error.status === 403;
    nodes = refused && how.forbidden ? how.forbidden() : [await problem(error, shop, again)];
  }
  if (signal.aborted) return;
  box.removeAttribute("aria-busy");
  box.replaceChildren(...nodes);
}

/** What went wrong, what to do, and the button that does it. An ended session also signs out in this browser. */
export async function problem(error: unknown, shop: Shop, again: () => void): Promise<HTMLElement> {
  if (error instanceof SessionEnded) return await sessionEnded(shop);
  const { title, advice, requestId } = explain(error, new URL(shop.config.apiUrl).host);
  return errorNote(title, [h("p", {}, advice), requestId === "" ? null : requestLine(requestId)], "Try again", again);
}

export interface Explanation {
  readonly title: string;
  readonly advice: string;
  readonly requestId: string;
}

/** An error in words for the person at the page. */
export function explain(error: unknown, host: string): Explanation {
  if (!(error instanceof ApiError)) {
    const advice = "The sign-in service may be out of reach. Check your connection, then try again.";
    return { title: "Your sign-in could not be checked", advice, requestId: "" };
  }
  if (error.status === 0) {
    const advice = `${host} does not answer. Check your connection and that the shop is running, then try again.`;
    return { title: "The shop cannot be reached", advice, requestId: "" };
  }
  const { requestId } = error;
  if (error.status === 404) {
    return { title: "It is not here", advice: `${sentence(error.message)} The address may be old or mistyped.`, requestId };
  }
  if (error.status === 403) {
    const advice = "Your account lacks the permission for this. Sign in with another one, or ask the team for it.";
    return { title: "You may not do this", advice, requestId };
  }
  const help = requestId === "" ? "Try again in a moment." : "Try again in a moment; if it stays, tell us the request id.";
  return { title: "Something went wrong on our side", advice: `${sentence(error.message)} ${help}`, requestId };
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function requestLine(requestId: string): HTMLElement {
  return h("p", { class: "muted" }, "Request id ", h("code", {}, requestId));
}

async function sessionEnded(shop: Shop): Promise<HTMLElement> {
  await shop.auth.forget();
  shop.person = null;
  shop.refreshHeader();
  const text = h("p", {}, "You were signed out because it has been a while. Nothing you did is lost.");
  return errorNote("Your session has ended", [text], "Sign in again", () => { signIn(shop); });
}

/** An error in a page's flow: announced at once, one button. */
export function errorNote(title: string, text: Child[], button: string, act: () => void): HTMLElement {
  return h(
    "div",
    { class: "note error", role: "alert" },
    h("h2", {}, title),
    ...text,
    h("p", {}, h("button", { class: "button quiet", type: "button", onclick: act }, button)),
  );
}

/** For a page that needs a person, when there is none. */
export function askToSignIn(shop: Shop, what: string, why: string): HTMLElement {
  const act = (): void => { signIn(shop); };
  return h(
    "div",
    { class: "empty" },
    h("p", {}, why),
    h("p", {}, h("button", { class: "button", type: "button", onclick: act }, `Sign in to see ${what}`)),
  );
}

/** Off to the sign-in, and back to this page afterwards. */
export function signIn(shop: Shop): void {
  void shop.auth.signIn({ path: location.pathname });
}

/** Grey blocks of these heights in rem, in the place of what is loading. */
export function skeleton(...heights: number[]): HTMLElement[] {
  return heights.map((height) => h("div", { class: `skeleton s${height}`, "aria-hidden": "true" }));
}
