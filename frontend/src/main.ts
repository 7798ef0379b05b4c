import "look/look.css";
import "./shop.css";
import { openApi } from "./api";
import { openAuth } from "./auth";
import { loadConfig } from "./config";
import { h } from "./dom";
import { account } from "./pages/account";
import { callback } from "./pages/callback";
import { missing } from "./pages/missing";
import { plans } from "./pages/plans";
import { reports } from "./pages/reports";
import { signInPage } from "./pages/sign-in";
import { openRouter, type Route } from "./router";
import { openShell } from "./shell";
import type { Shop } from "./shop";
import { errorNote } from "./states";

const ROUTES: readonly Route[] = [
  { pattern: /^\/$/, page: plans },
  { pattern: /^\/account\/?$/, page: account },
  { pattern: /^\/reports(?:\/([^/]+))?\/?$/, page: reports },
  { pattern: /^\/sign-in$/, page: signInPage },
  { pattern: /^\/callback$/, page: callback },
];

/** Everything the first drawing needs is known before it: the settings, and who is signed in. So nothing jumps. */
async function start(): Promise<void> {
  const config = await loadConfig();
  const auth = openAuth(config);
  const shell = openShell(config);
  const shop: Shop = {
    config,
    auth,
    api: openApi(config.apiUrl, auth),
    person: await auth.person(),
    go: (path, move) => { router.go(path, move); },
    refreshHeader: () => { shell.refreshHeader(shop); },
  };
  const router = openRouter(shell.main, ROUTES, missing, () => shop);
  router.show();
}

function cannotStart(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  const text = [h("p", {}, "Its settings could not be read. Check that the shop is running, then try again."), h("p", { class: "muted" }, reason)];
  const again = (): void => { location.reload(); };
  document.body.replaceChildren(h("main", { class: "page" }, h("h1", {}, "Fernhill Tea"), errorNote("The shop cannot start", text, "Try again", again)));
}

start().catch(cannotStart);
