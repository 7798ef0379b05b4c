import { describe, expect, test } from "vitest";
import { date, dateTime, money, month, period, roundMoney, shortMonth } from "../src/format";

describe("money", () => {
  test("is cents with the currency's sign", () => {
    expect(money(1900, "eur")).toBe("€19.00");
    expect(money(123456, "EUR")).toBe("€1,234.56");
    expect(money(-900, "eur")).toBe("-€9.00");
    expect(money(0, "usd")).toBe("US$0.00");
  });
  test("on an axis has no cents", () => {
    expect(roundMoney(150000, "eur")).toBe("€1,500");
  });
});

describe("dates", () => {
  test("are read in UTC, wherever the browser is", () => {
    expect(date("2026-05-31T23:59:59Z")).toBe("31 May 2026");
    expect(date("2026-06-01T01:00:00+02:00")).toBe("31 May 2026");
  });
  test("with a time name the zone", () => {
    expect(dateTime("2026-06-02T03:00:00Z")).toBe("2 June 2026, 03:00 UTC");
  });
  test("that nobody can read are shown as they came", () => {
    expect(date("soon")).toBe("soon");
  });
  test("of months", () => {
    expect(month("2026-05")).toBe("May 2026");
    expect(shortMonth("2026-09")).toBe("Sep");
  });
});

describe("a period", () => {
  test.each([
    ["2026-05-01", "2026-05-31", "1 to 31 May 2026"],
    ["2026-05-01", "2026-06-02", "1 May to 2 Jun 2026"],
    ["2025-12-30", "2026-01-02", "30 Dec 2025 to 2 Jan 2026"],
    ["2026-05-01", "2026-05-01", "1 May 2026"],
  ])("%s .. %s is %s", (start, end, words) => {
    expect(period(start, end)).toBe(words);
  });
});
