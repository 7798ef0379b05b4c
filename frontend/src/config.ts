/** What this copy of the shop is and whom it talks to; read from /config.json when the page opens. */
export interface Config {
  readonly stage: string;
  readonly release: string;
  /** Without a trailing slash. */
  readonly apiUrl: string;
  /** Where this stage's mail can be read; empty where it goes to people. */
  readonly mailUrl: string;
  readonly auth: { readonly domain: string; readonly clientId: string; readonly audience: string };
  readonly noindex: boolean;
}

/** @throws Error when the file cannot be had or is not valid; the message names every problem. */
export async function loadConfig(): Promise<Config> {
  const answer = await fetch("/config.json", { cache: "no-cache" });
  if (!answer.ok) throw new Error(`/config.json answered ${answer.status}`);
  const config = parseConfig(await answer.json());
  return { ...config, release: (await releaseByEdge()) ?? config.release };
}

/** The release that the stage's edge says it serves. It knows first: naming a release restarts no service. */
async function releaseByEdge(): Promise<string | undefined> {
  try {
    const answer = await fetch("/stage.json", { cache: "no-cache" });
    const told: unknown = answer.ok ? await answer.json() : undefined;
    return isRecord(told) && typeof told.release === "string" ? told.release : undefined;
  } catch {
    return undefined; // no edge before this copy of the shop, as in production
  }
}

/** @throws Error that lists every wrong value by its path. */
export function parseConfig(given: unknown): Config {
  const problems: string[] = [];
  const text = (path: string): string => {
    const value = at(given, path);
    if (typeof value === "string" && value !== "") return value;
    problems.push(`${path} must be a text`);
    return "";
  };
  const address = (path: string): string => {
    const value = text(path);
    if (value !== "" && !isWebAddress(value)) problems.push(`${path} must be an http or https address`);
    return value.replace(/\/+$/, "");
  };
  const config = {
    stage: text("stage"),
    release: text("release"),
    apiUrl: address("apiUrl"),
    mailUrl: at(given, "mailUrl") ? address("mailUrl") : "",
    auth: { domain: text("auth.domain"), clientId: text("auth.clientId"), audience: text("auth.audience") },
    noindex: at(given, "noindex") === true,
  };
  if (problems.length > 0) throw new Error(problems.join("; "));
  return config;
}

/** True where people buy for real: no band, no talk of a staging copy. */
export function isProduction(config: Config): boolean {
  return config.stage === "production";
}

function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Anything but http(s), `javascript:` above all, must never become a link. */
export function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
