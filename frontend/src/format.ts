/** Money and dates as people read them. Dates are shown in UTC, as on the receipts. */

const LOCALE = "en-GB";
const DAY: Intl.DateTimeFormatOptions = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
const SHORT_DAY: Intl.DateTimeFormatOptions = { ...DAY, month: "short" };

/** 1900, "eur" -> "€19.00" */
export function money(cents: number, currency: string): string {
  return new Intl.NumberFormat(LOCALE, { style: "currency", currency }).format(cents / 100);
}

/** 190000, "eur" -> "€1,900": for axes, where cents would be noise. */
export function roundMoney(cents: number, currency: string): string {
  const options: Intl.NumberFormatOptions = { style: "currency", currency, maximumFractionDigits: 0 };
  return new Intl.NumberFormat(LOCALE, options).format(cents / 100);
}

/** "2026-05-01T03:00:00Z" -> "1 May 2026" */
export function date(iso: string): string {
  return format(iso, DAY);
}

/** "2026-05-01T03:00:00Z" -> "1 May 2026, 03:00 UTC" */
export function dateTime(iso: string): string {
  return `${format(iso, { ...DAY, hour: "2-digit", minute: "2-digit" }).replace(" at ", ", ")} UTC`;
}

/** "2026-05-01", "2026-05-31" -> "1 to 31 May 2026"; the same day twice is one day. */
export function period(start: string, end: string): string {
  const [from, to] = [format(start, SHORT_DAY), format(end, SHORT_DAY)];
  if (from === to) return from;
  if (from.slice(from.indexOf(" ")) === to.slice(to.indexOf(" "))) return `${from.split(" ")[0] ?? ""} to ${to}`;
  return from.slice(-4) === to.slice(-4) ? `${from.slice(0, -5)} to ${to}` : `${from} to ${to}`;
}

/** "2026-05" -> "May 2026" */
export function month(key: string): string {
  return format(`${key}-01`, { month: "long", year: "numeric", timeZone: "UTC" });
}

/** "2026-05" -> "May" */
export function shortMonth(key: string): string {
  return format(`${key}-01`, { month: "short", timeZone: "UTC" }).slice(0, 3);
}

/** A time nobody can read is shown as it came, rather than taking the page down. */
function format(iso: string, options: Intl.DateTimeFormatOptions): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : new Intl.DateTimeFormat(LOCALE, options).format(time);
}
