import { afterEach, describe, expect, test, vi } from "vitest";
import { ApiError, openApi } from "../src/api";
import { SessionEnded } from "../src/auth";
import { explain } from "../src/states";

const never = new AbortController().signal;

/** The network, answering these in turn; gives back what it was asked. */
function network(...answers: (Response | Error)[]): { asked: Request[] } {
  const asked: Request[] = [];
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    asked.push(new Request(url, init));
    const next = answers.shift() ?? new Error("asked too often");
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  });
  return { asked };
}

function api(tokens: string[] = ["t1", "t2"]) {
  return openApi("http://api.test", { token: () => Promise.resolve(tokens.shift() ?? "") });
}

const refusal = (): Response => Response.json({ error: { code: "unauthenticated", message: "no", request_id: "q1" } }, { status: 401 });

afterEach(() => { vi.unstubAllGlobals(); });

describe("the API", () => {
  test("is asked for plans without a token, and for the rest with one", async () => {
    const { asked } = network(Response.json([]), Response.json({ url: "http://pay.test" }));
    const shop = api();
    await shop.plans(never);
    await shop.checkout("house", never);
    expect(asked.map((one) => one.headers.get("authorization"))).toEqual([null, "Bearer t1"]);
    expect(await asked[1]?.json()).toEqual({ plan: "house" });
  });
  test("gets a new token once when it refuses the old one", async () => {
    const { asked } = network(refusal(), Response.json([]));
    await api().reports(never);
    expect(asked.map((one) => one.headers.get("authorization"))).toEqual(["Bearer t1", "Bearer t2"]);
  });
  test("ends the session when it refuses the new one too", async () => {
    network(refusal(), refusal());
    await expect(api().me(never)).rejects.toBeInstanceOf(SessionEnded);
  });
  test("gives its own words, code and request id with a failure", async () => {
    network(Response.json({ error: { code: "already-subscribed", message: "You have it", request_id: "q7" } }, { status: 409 }));
    await expect(api().checkout("house", never)).rejects.toMatchObject({ status: 409, code: "already-subscribed", message: "You have it", requestId: "q7" });
  });
  test("may fail behind something that speaks no JSON", async () => {
    network(new Response("<html>", { status: 503, headers: { "x-request-id": "q9" } }));
    await expect(api().plans(never)).rejects.toMatchObject({ status: 503, requestId: "q9" });
  });
  test("that does not answer is told from one that refuses", async () => {
    network(new TypeError("fetch failed"));
    await expect(api().plans(never)).rejects.toMatchObject({ status: 0, message: "api.test does not answer" });
  });
  test("is left alone once the page was left", async () => {
    network(new TypeError("aborted"));
    await expect(api().plans(AbortSignal.abort(new Error("left")))).rejects.toThrow("left");
  });
});

describe("an error in words", () => {
  test("says what to do and gives the request id", () => {
    const told = explain(new ApiError("The database is away", 503, "", "q1"), "api.test");
    expect(told).toEqual({ title: "Something went wrong on our side", advice: "The database is away. Try again in a moment; if it stays, tell us the request id.", requestId: "q1" });
  });
  test("tells an API out of reach from a failing one", () => {
    expect(explain(new ApiError("", 0), "api.test").title).toBe("The shop cannot be reached");
    expect(explain(new ApiError("", 403), "api.test").title).toBe("You may not do this");
    expect(explain(new TypeError("Failed to fetch"), "api.test").title).toBe("Your sign-in could not be checked");
  });
});
