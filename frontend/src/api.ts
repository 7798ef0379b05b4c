import { SessionEnded, type Auth } from "./auth";
import type { Me, Plan, Report, ReportLine, Run } from "./types";

/** The backend as typed calls. Every failure is an ApiError or SessionEnded; an aborted call throws the signal's reason. */
export interface Api {
  plans(signal: AbortSignal): Promise<Plan[]>;
  me(signal: AbortSignal): Promise<Me>;
  /** The address of the checkout page for this plan. */
  checkout(plan: string, signal: AbortSignal): Promise<{ url: string }>;
  reports(signal: AbortSignal): Promise<ReportLine[]>;
  report(id: string, signal: AbortSignal): Promise<Report>;
  runs(signal: AbortSignal): Promise<Run[]>;
  run(id: string, signal: AbortSignal): Promise<Run>;
  startRun(signal: AbortSignal): Promise<Run>;
}

export class ApiError extends Error {
  constructor(
    message: string,
    /** The HTTP status; 0 when nothing answered. */
    readonly status: number,
    /** The API's own word for it, such as "already-subscribed"; empty if it gave none. */
    readonly code = "",
    readonly requestId = "",
  ) {
    super(message);
  }
}

interface Call {
  readonly method?: "GET" | "POST";
  readonly body?: unknown;
  /** Sent without a token: for what anybody may see. */
  readonly open?: boolean;
}

const PATIENCE_MS = 15_000;

export function openApi(apiUrl: string, auth: Pick<Auth, "token">): Api {
  const call = <T>(path: string, signal: AbortSignal, how: Call = {}): Promise<T> =>
    request<T>(`${apiUrl}${path}`, auth, signal, how);
  const name = encodeURIComponent;
  return {
    plans: (signal) => call("/plans", signal, { open: true }),
    me: (signal) => call("/me", signal),
    checkout: (plan, signal) => call("/checkout", signal, { method: "POST", body: { plan } }),
    reports: (signal) => call("/reports", signal),
    report: (id, signal) => call(`/reports/${name(id)}`, signal),
    runs: (signal) => call("/reports/runs", signal),
    run: (id, signal) => call(`/reports/runs/${name(id)}`, signal),
    startRun: (signal) => call("/reports/runs", signal, { method: "POST" }),
  };
}

/** A token that the API refuses is renewed once: its keys may have changed. A second refusal ends the session. */
async function request<T>(url: string, auth: Pick<Auth, "token">, signal: AbortSignal, how: Call): Promise<T> {
  const token = how.open ? null : await auth.token();
  let answer = await send(url, token, signal, how);
  if (answer.status === 401 && !how.open) answer = await send(url, await auth.token(true), signal, how);
  if (answer.status === 401 && !how.open) throw new SessionEnded("the API refused a new token");
  if (!answer.ok) throw await problem(answer);
  return await read<T>(answer);
}

async function send(url: string, token: string | null, signal: AbortSignal, how: Call): Promise<Response> {
  const headers = new Headers({ accept: "application/json" });
  if (token !== null) headers.set("authorization", `Bearer ${token}`);
  if (how.body !== undefined) headers.set("content-type", "application/json");
  const body = how.body === undefined ? null : JSON.stringify(how.body);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  try {
    return await fetch(url, { method: how.method ?? "GET", headers, body, signal: limit });
  } catch {
    signal.throwIfAborted();
    throw new ApiError(`${new URL(url).host} does not answer`, 0);
  }
}

async function read<T>(answer: Response): Promise<T> {
  try {
    return (await answer.json()) as T;
  } catch {
    throw new ApiError("The answer could not be read", answer.status, "", requestIdOf(answer));
  }
}

/** The API's own error, or the bare status when something before it answered. */
async function problem(answer: Response): Promise<ApiError> {
  const given = (await answer.json().catch(() => null)) as { error?: Partial<Record<string, string>> } | null;
  const { message = `The API answered ${answer.status}`, code = "", request_id = "" } = given?.error ?? {};
  return new ApiError(message, answer.status, code, request_id || requestIdOf(answer));
}

function requestIdOf(answer: Response): string {
  return answer.headers.get("x-request-id") ?? "";
}
