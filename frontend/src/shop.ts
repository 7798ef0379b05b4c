import type { Api } from "./api";
import type { Auth, Person } from "./auth";
import type { Config } from "./config";

/** What every page is given. */
export interface Shop {
  readonly config: Config;
  readonly auth: Auth;
  readonly api: Api;
  /** Who is signed in now. */
  person: Person | null;
  /** Shows another page of the shop; the address changes, nothing is loaded anew. */
  go(path: string, move?: Move): void;
  /** Draws the header again, after the person changed. */
  refreshHeader(): void;
}

export interface Move {
  /** A plan to go on to the checkout with. */
  readonly plan?: string | undefined;
  /** Take the place of the present address, so that "back" does not return to it. */
  readonly replace?: boolean;
}

/** One page: fills `view` and stops all its work when `visit.signal` is aborted. */
export interface Page {
  readonly title: string;
  show(view: HTMLElement, shop: Shop, visit: Visit): void;
}

export interface Visit {
  readonly signal: AbortSignal;
  readonly query: URLSearchParams;
  /** What the route's pattern caught, such as a report's id. */
  readonly id: string;
  /** A plan chosen before the sign-in, to go on with now. */
  readonly plan: string;
}
