import { html } from './html.js';

/** Sends a page in the stage's one look. `formTarget`: a further origin that the page's form may lead to. */
export function sendPage(world, ctx, { status = 200, title, body, formTarget }) {
  ctx.status = status;
  ctx.type = 'html';
  ctx.set({
    'Cache-Control': 'no-store',
    'Content-Security-Policy':
      `default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self' ${formTarget ?? ''}`.trim(),
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'X-Robots-Tag': 'noindex',
  });
  ctx.body = String(layout(world, title, body, stageOf(world.settings, ctx)));
}

/** What the band says. The stage's edge knows the release first: naming one restarts no service. */
function stageOf(settings, ctx) {
  return {
    stage: ctx.get('X-Stagekit-Stage') || settings.stage,
    release: ctx.get('X-Stagekit-Release') || settings.release,
  };
}

function layout({ settings, tenant }, title, body, { stage, release }) {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title} · ${tenant.name}</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/look.css">
  <link rel="stylesheet" href="/login.css">
</head>
<body>
  <div class="band">staging copy · ${stage} · release ${release}</div>
  <header class="top"><a class="brand" href="${settings.appUrl ?? '/'}">${tenant.name}</a></header>
  <main class="page">${body}</main>
</body>
</html>
`;
}

/** The sign-in page: everyone the stage knows, one click each, and a form with a password. After an error the form is first. */
export function loginPage(world, { client, loginHint, error, email }) {
  const sections = [choice(world.people.all), passwordForm(email ?? loginHint, error)];
  return html`
<h1>Sign in to ${world.tenant.name}</h1>
<p class="muted">${client.description} asks who you are. These people are made up, and so is this sign-in: choose anyone.</p>
${!error && html`<p class="jump"><a href="#with-a-password">Or sign in with a password</a></p>`}
<div class="ways">${error ? sections.reverse() : sections}</div>`;
}

/** Those whose note says what they are good for; the others, who are there to fill the stage, behind a fold. */
function choice(people) {
  const noted = people.filter(({ note }) => note);
  const others = people.filter(({ note }) => !note);
  return html`
<section class="choice">
  <h2>Choose a person</h2>
  <form method="post">
    <ul class="people">${(noted.length ? noted : others).map(personCard)}</ul>
    ${
      noted.length > 0 &&
      others.length > 0 &&
      html`<details class="others">
      <summary>${others.length} more ${others.length === 1 ? 'person' : 'people'}</summary>
      <ul class="people">${others.map(personCard)}</ul>
    </details>`
    }
  </form>
</section>`;
}

function passwordForm(email, error) {
  return html`
<section class="typed">
  <h2 id="with-a-password">With a password</h2>
  ${error && html`<p class="note error" role="alert" id="error">${error}</p>`}
  <form method="post" class="card" novalidate>
    ${field('email', 'Email', 'email', 'username', email, error)}
    ${field('password', 'Password', 'password', 'current-password', undefined, error)}
    <div class="actions">
      <button class="button">Sign in</button>
      <button class="button quiet" name="cancel" value="yes">Cancel</button>
    </div>
  </form>
</section>`;
}

function personCard(person) {
  return html`
<li class="card person">
  <div>
    <strong>${person.name}</strong> ${person.roles.map((role) => html`<span class="badge">${role}</span> `)}
    <div class="muted">${person.email}</div>
    ${person.note && html`<div>${person.note}</div>`}
  </div>
  <button class="button quiet" name="person" value="${person.sub}">Continue as ${person.name}</button>
</li>`;
}

function field(name, label, type, autocomplete, value, error) {
  return html`
<div class="field">
  <label for="${name}">${label}</label>
  <input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" value="${value ?? ''}" ${error && html`aria-invalid="true" aria-describedby="error"`}${error && type === 'password' && ' autofocus'}>
</div>`;
}

/** What a person sees who opens the sign-in's own address. */
export function indexPage({ settings, people }, signedIn) {
  return html`
<h1>Sign-in of this stage</h1>
<p>A stand-in for Auth0. Sign-in begins in the app${settings.appUrl && html`: <a href="${settings.appUrl}">${settings.appUrl}</a>`}.</p>
${
  signedIn &&
  html`
<form method="post" action="/oidc/logout" class="note">
  <p>This browser is signed in as ${signedIn.name} (${signedIn.email}).</p>
  <button class="button quiet">Sign out</button>
</form>`
}
<table class="table">
  <caption class="muted">People you can sign in as</caption>
  <thead><tr><th>Name</th><th>Email</th><th>Roles</th><th>Good for</th></tr></thead>
  <tbody>${people.all.map(
    (person) => html`
    <tr><th scope="row">${person.name}</th><td data-label="Email">${person.email}</td><td data-label="Roles">${person.roles.join(', ')}</td><td data-label="Good for">${person.note}</td></tr>`,
  )}
  </tbody>
</table>
<p class="muted">For programs: <a href="/.well-known/openid-configuration">/.well-known/openid-configuration</a>, issuer <code>${settings.issuer}</code></p>`;
}

export function confirmLogoutPage({ tenant }) {
  return html`
<h1>Sign out of ${tenant.name}?</h1>
<p>You will be asked who you are the next time.</p>
<form method="post"><button class="button">Sign out</button></form>`;
}

export function signedOutPage(world) {
  return html`<h1>You are signed out</h1>${back(world)}`;
}

/** An error page: what happened, the evidence, what to do. */
export function errorPage(world, { heading, text, facts = [], fix }) {
  return html`
<h1>${heading}</h1>
<div class="note error"><p>${text}</p></div>
${facts.length > 0 && html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd><code>${value}</code></dd>`)}</dl>`}
${fix && html`<p>${fix}</p>`}
${back(world)}`;
}

function back({ settings }) {
  return settings.appUrl && html`<p><a class="button quiet" href="${settings.appUrl}">Go to the app</a></p>`;
}

/** For oidc-provider: an authorization error that cannot be sent to the client. */
export function renderAuthorizationError(world, ctx, out, error) {
  const { client_id: clientId, redirect_uri: redirectUri } = ctx.oidc?.params ?? ctx.query;
  const client = world.tenant.clients.get(clientId);
  if (out.error === 'invalid_redirect_uri') {
    const facts = [['sent', String(redirectUri)], ...client.callbacks.map((url) => ['allowed', url])];
    const fix = 'Add the address under callbacks of this client in auth0/tenant.yaml, or correct the app.';
    return sendPage(world, ctx, {
      status: 403,
      title: 'Callback URL mismatch',
      body: errorPage(world, {
        heading: 'Callback URL mismatch',
        text: 'The provided redirect_uri is not in the list of allowed callback URLs.',
        facts,
        fix,
      }),
    });
  }
  const text =
    client || out.error !== 'invalid_client' ? (out.error_description ?? out.error) : `Unknown client: ${clientId}`;
  const expired = error?.name === 'SessionNotFound';
  return sendPage(world, ctx, {
    status: ctx.status,
    title: 'Sign-in error',
    body: expired
      ? expiredPage(world)
      : errorPage(world, { heading: 'Sign-in could not go on', text, facts: [['error', out.error]] }),
  });
}

export function expiredPage(world) {
  return errorPage(world, {
    heading: 'This sign-in has expired',
    text: 'It was finished already, is too old, or began in another browser. Start again from the app.',
  });
}
