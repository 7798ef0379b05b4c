import { expect, test } from "vitest";
import { match } from "../src/router";
import type { Page } from "../src/shop";

const page: Page = { title: "x", show: () => undefined };
const routes = [{ pattern: /^\/$/, page }, { pattern: /^\/reports(?:\/([^/]+))?\/?$/, page }];

test.each([["/", ""], ["/reports", ""], ["/reports/", ""], ["/reports/a%20b", "a b"], ["/reports/%E0%A4%A", "%E0%A4%A"]])(
  "the address %s shows a page with the id %j",
  (path, id) => { expect(match(routes, path)).toEqual({ page, id }); },
);

test("an address of no page shows none", () => {
  expect(match(routes, "/reports/a/b")).toBeUndefined();
});
