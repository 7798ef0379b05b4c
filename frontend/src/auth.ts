import { Auth0Client } from "@auth0/auth0-spa-js";
import type { Config } from "./config";

/** The one place that knows Auth0: the rest of the shop sees these few verbs. */
export interface Auth {
  /** Who is signed in by what this browser remembers; asks no server. */
  person(): Promise<Person | null>;
  /** An access token. `renew` asks for a new one even if the old one looks good. @throws SessionEnded */
  token(renew?: boolean): Promise<string>;
  /** Leaves the page for the sign-in; it comes back to /callback. */
  signIn(intent: Intent): Promise<void>;
  /** Takes the answer of the sign-in from the address and says what the person was about to do. */
  finishSignIn(): Promise<Intent>;
  /** Leaves the page, signs out there too and comes back to the start. */
  signOut(): Promise<void>;
  /** Signs out in this browser only, when the session has ended elsewhere. */
  forget(): Promise<void>;
}

export interface Person {
  readonly name: string;
  readonly email: string;
}

/** Where to go after the sign-in, and the plan a person had chosen before it. */
export interface Intent {
  readonly path: string;
  readonly plan?: string;
}

export class SessionEnded extends Error {}

/** With permissions in the token, the sign-in grants of these only what the person's roles allow. */
const SCOPE = "openid profile email offline_access read:account create:checkout read:reports run:reports";

/** OAuth's answers that mean "sign in again"; all others (a dead network above all) may pass. */
const ENDED = ["invalid_grant", "login_required", "missing_refresh_token", "consent_required", "interaction_required"];

/** @throws Error in a browser or at an address (plain http on a real host) that has no Web Crypto. */
export function openAuth(config: Config): Auth {
  const client = new Auth0Client({
    domain: config.auth.domain,
    clientId: config.auth.clientId,
    useRefreshTokens: true,
    cacheLocation: "localstorage",
    authorizationParams: {
      redirect_uri: `${location.origin}/callback`,
      audience: config.auth.audience,
      scope: SCOPE,
    },
  });
  return {
    person: async () => toPerson(await client.getUser()),
    token: (renew = false) => token(client, renew),
    signIn: (intent) => client.loginWithRedirect<Intent>({ appState: intent }),
    finishSignIn: async () => (await client.handleRedirectCallback<Intent>()).appState ?? { path: "/account" },
    signOut: () => client.logout({ logoutParams: { returnTo: location.origin } }),
    forget: () => client.logout({ openUrl: false }),
  };
}

function toPerson(user: { name?: string; email?: string; sub?: string } | undefined): Person | null {
  if (!user) return null;
  const email = user.email ?? "";
  return { name: user.name ?? (email || (user.sub ?? "")), email };
}

async function token(client: Auth0Client, renew: boolean): Promise<string> {
  try {
    const found: string | undefined = await client.getTokenSilently({ cacheMode: renew ? "off" : "on" });
    if (found !== undefined) return found;
  } catch (error) {
    if (!isEnded(error)) throw error;
  }
  throw new SessionEnded("the session has ended");
}

function isEnded(error: unknown): boolean {
  return error instanceof Error && "error" in error && ENDED.includes(String(error.error));
}
