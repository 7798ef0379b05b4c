import { h } from "../dom";
import type { Page } from "../shop";

export const missing: Page = {
  title: "No such page",
  show(view) {
    view.append(
      h("h1", {}, "No such page"),
      h("p", { class: "muted" }, "The address may be mistyped, or the page has moved."),
      h("p", {}, h("a", { class: "button", href: "/" }, "See the plans")),
    );
  },
};
