/**
 * Puts roles, email and name on the tokens, under the shop's own URL keys (Auth0 drops custom claims without one).
 * Runs in Auth0 after each sign-in and refresh; the local stand-in runs this same file.
 */
const NAMESPACE = 'https://shop.example/';

exports.onExecutePostLogin = async (event, api) => {
  const claims = {
    roles: event.authorization?.roles ?? [],
    email: event.user.email,
    name: event.user.name,
  };
  for (const [name, value] of Object.entries(claims)) {
    api.accessToken.setCustomClaim(`${NAMESPACE}${name}`, value);
    api.idToken.setCustomClaim(`${NAMESPACE}${name}`, value);
  }
};
