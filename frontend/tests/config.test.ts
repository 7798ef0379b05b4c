import { describe, expect, test } from "vitest";
import { isProduction, isWebAddress, parseConfig } from "../src/config";

const GOOD = {
  stage: "local",
  release: "dev",
  apiUrl: "http://api.localhost:8642/",
  mailUrl: "",
  auth: { domain: "http://auth.localhost:8642", clientId: "shop-web", audience: "https://api.shop.example" },
  noindex: false,
};

describe("the settings", () => {
  test("are taken as they are, addresses without a slash at the end", () => {
    expect(parseConfig(GOOD)).toEqual({ ...GOOD, apiUrl: "http://api.localhost:8642" });
  });
  test("name every problem at once, by its path", () => {
    const wrong = { ...GOOD, stage: "", apiUrl: "javascript:alert(1)", auth: { domain: 5 } };
    expect(() => parseConfig(wrong)).toThrow(
      "stage must be a text; apiUrl must be an http or https address; auth.domain must be a text; " +
        "auth.clientId must be a text; auth.audience must be a text",
    );
  });
  test.each([null, undefined, [], "x", 1])("of the wrong shape (%s) are refused", (given) => {
    expect(() => parseConfig(given)).toThrow("apiUrl must be a text");
  });
  test("keep search engines out only when told so in so many words", () => {
    expect(parseConfig({ ...GOOD, noindex: true }).noindex).toBe(true);
    expect(parseConfig({ ...GOOD, noindex: "true" }).noindex).toBe(false);
  });
  test("of any stage but production make a staging copy", () => {
    expect(isProduction(parseConfig(GOOD))).toBe(false);
    expect(isProduction(parseConfig({ ...GOOD, stage: "production" }))).toBe(true);
  });
});

test.each([["https://a.example/x", true], ["http://localhost:1", true], ["javascript:alert(1)", false], ["data:text/html,x", false], ["", false]])(
  "%s may become a link: %s",
  (text, may) => { expect(isWebAddress(text)).toBe(may); },
);
