/** The values of the API. Times are ISO 8601 in UTC, money is in cents. */

export interface Plan {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly price_cents: number;
  readonly currency: string;
  readonly interval: string;
  readonly features: readonly string[];
}

export type SubscriptionStatus = "active" | "trialling" | "past_due" | "cancelled";

export interface Subscription {
  readonly plan: Plan;
  readonly status: SubscriptionStatus;
  readonly since: string;
  readonly renews_at: string | null;
}

export type PaymentStatus = "paid" | "failed" | "refunded";

export interface Payment {
  readonly id: string;
  readonly receipt_number: string;
  readonly description: string;
  readonly amount_cents: number;
  readonly currency: string;
  readonly status: PaymentStatus;
  readonly paid_at: string;
}

export interface Me {
  readonly sub: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly subscription: Subscription | null;
  readonly payments: readonly Payment[];
}

export interface ReportLine {
  readonly id: string;
  readonly created_at: string;
  readonly period_start: string;
  /** The last day counted. */
  readonly period_end: string;
  readonly revenue_cents: number;
  readonly new_subscribers: number;
}

export interface Month {
  /** "2026-05" */
  readonly month: string;
  readonly revenue_cents: number;
}

export interface Report extends ReportLine {
  readonly currency: string;
  readonly active_subscribers: number;
  readonly cancelled: number;
  readonly by_plan: readonly {
    readonly plan: string;
    readonly name: string;
    readonly subscribers: number;
    readonly revenue_cents: number;
  }[];
  readonly by_month: readonly Month[];
}

export type RunState = "scheduled" | "pending" | "running" | "completed" | "failed" | "cancelled";

export interface Run {
  readonly id: string;
  readonly name: string;
  readonly state: RunState;
  /** 0 to 1 */
  readonly progress: number;
  readonly trigger: "schedule" | "person";
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly message: string;
  readonly report_id: string | null;
}
