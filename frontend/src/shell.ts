import { isProduction, type Config } from "./config";
import { h, s } from "./dom";
import type { Shop } from "./shop";

/** What stands around every page: the stage's band, the header with its links, the footer. */

export interface Shell {
  readonly main: HTMLElement;
  /** Draws the links anew for this person and address. */
  refreshHeader(shop: Shop): void;
}

export function openShell(config: Config): Shell {
  const main = h("main", { class: "page", id: "main", tabindex: -1 });
  const nav = h("nav", { "aria-label": "Main" });
  const account = h("div", { class: "account" });
  const top = h("header", { class: "top" }, brand(), nav, account);
  if (config.noindex) document.head.append(h("meta", { name: "robots", content: "noindex, nofollow" }));
  document.body.replaceChildren(
    h("a", { class: "skip", href: "#main" }, "Skip to the content"),
    ...(isProduction(config) ? [] : [band(config)]),
    top,
    main,
    footer(config),
  );
  return { main, refreshHeader: (shop) => { fillHeader(nav, account, shop); } };
}

/** The amber line that keeps a copy from being taken for the shop itself. */
export function band(config: Pick<Config, "stage" | "release">): HTMLElement {
  return h("div", { class: "band", role: "note" }, `staging copy · ${config.stage} · release ${config.release}`);
}

function brand(): HTMLElement {
  return h("a", { class: "brand", href: "/" }, mark(), "Fernhill Tea");
}

/** A sprig of fern, drawn with the pen of the accent colour. */
function mark(): SVGElement {
  const pen = { fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round", "stroke-linejoin": "round" };
  const leaves = "M16 29V11M16 24C9 24 5 20 5 13c6 0 11 4 11 11ZM16 18c0-7 4-12 11-14 0 8-4 14-11 14Z";
  return s("svg", { width: 28, height: 28, viewBox: "0 0 32 32", "aria-hidden": "true" }, s("path", { d: leaves, ...pen }));
}

function fillHeader(nav: HTMLElement, account: HTMLElement, shop: Shop): void {
  const links = [link("/", "Plans")];
  if (shop.person) links.push(link("/account", "My account"), link("/reports", "Reports"));
  nav.replaceChildren(...links);
  account.replaceChildren(...(shop.person ? signedIn(shop, shop.person.name) : [h("a", { class: "button quiet", href: "/sign-in" }, "Sign in")]));
}

function link(path: string, text: string): HTMLElement {
  const here = path === "/" ? location.pathname === "/" : location.pathname.startsWith(path);
  return h("a", { href: path, "aria-current": here ? "page" : undefined }, text);
}

function signedIn(shop: Shop, name: string): HTMLElement[] {
  const leave = (): void => { void shop.auth.signOut(); };
  return [
    h("span", { class: "muted person", title: `Signed in as ${name}` }, name),
    h("button", { class: "button quiet", type: "button", onclick: leave }, "Sign out"),
  ];
}

function footer(config: Config): HTMLElement {
  const word = isProduction(config)
    ? "Packed by hand on the first Tuesday of every month."
    : "This is a staging copy: nothing is charged, nothing is posted.";
  return h("footer", { class: "foot muted" }, h("p", {}, "Fernhill Tea"), h("p", {}, word));
}
