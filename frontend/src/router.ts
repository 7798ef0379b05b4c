import type { Move, Page, Shop, Visit } from "./shop";

/** Which page an address shows, and the moves between them without loading anew. */

export interface Route {
  /** Its first group, if any, is the visit's id. */
  readonly pattern: RegExp;
  readonly page: Page;
}

export interface Router {
  go(path: string, move?: Move): void;
  /** Shows the page of the present address (at the start, and after "back"). */
  show(): void;
}

/** @param main the element pages are drawn into. */
export function openRouter(main: HTMLElement, routes: readonly Route[], missing: Page, shop: () => Shop): Router {
  let visit = new AbortController();
  let shown = "";
  const show = (moved: boolean): void => {
    visit.abort();
    visit = new AbortController();
    const found = match(routes, location.pathname);
    const page = found?.page ?? missing;
    document.title = `${page.title} · Fernhill Tea`;
    main.replaceChildren();
    shop().refreshHeader();
    page.show(main, shop(), describeVisit(visit.signal, found?.id ?? ""));
    shown = location.pathname + location.search;
    if (moved) focusHeading(main);
  };
  const go: Router["go"] = (path, { plan, replace } = {}) => {
    const state = plan === undefined ? null : { plan };
    if (replace) history.replaceState(state, "", path);
    else history.pushState(state, "", path);
    scrollTo(0, 0);
    show(true);
  };
  followLinks(go);
  // Fired for a jump within the page too (the skip link), which must not draw it anew.
  addEventListener("popstate", () => { if (location.pathname + location.search !== shown) show(true); });
  // A page kept whole by the browser while its person was at the checkout comes back as it was: busy.
  addEventListener("pageshow", (event) => { if (event.persisted) show(false); });
  return { go, show: () => { show(false); } };
}

/** The page of a path, and its id; undefined when there is none. */
export function match(routes: readonly Route[], path: string): { page: Page; id: string } | undefined {
  for (const { pattern, page } of routes) {
    const found = pattern.exec(path);
    if (found) return { page, id: decode(found[1] ?? "") };
  }
  return undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function describeVisit(signal: AbortSignal, id: string): Visit {
  const state: unknown = history.state;
  const plan = typeof state === "object" && state !== null && "plan" in state ? String(state.plan) : "";
  // Used up by this visit: loading the page again must not start a second checkout.
  if (plan !== "") history.replaceState(null, "");
  return { signal, query: new URLSearchParams(location.search), id, plan };
}

/** Keyboards and screen readers start at the new page's heading, as after a full load. */
export function focusHeading(main: HTMLElement): void {
  const heading = main.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
}

function followLinks(go: Router["go"]): void {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || event.defaultPrevented || event.button !== 0 || link.target !== "") return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.origin !== location.origin || link.getAttribute("href")?.startsWith("#")) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
