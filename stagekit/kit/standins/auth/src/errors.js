/** A token endpoint's error as Auth0 would say it: `{status, body}`. `error` is oidc-provider's, `params` the request's. */
export function tokenError(error, params = {}) {
  const [status, code, description] = inAuth0Words(error, params);
  return { status, body: { error: code, error_description: description } };
}

function inAuth0Words(error, params) {
  const detail = error.error_detail ?? '';
  const description = error.error_description ?? error.message;
  if (!error.expose) return [500, 'server_error', 'Internal error'];
  switch (error.error) {
    case 'invalid_client':
      return [401, 'access_denied', 'Unauthorized'];
    case 'invalid_grant':
      return [403, 'invalid_grant', invalidGrant(detail, params)];
    case 'unsupported_grant_type':
      return [403, 'unsupported_grant_type', `Unsupported grant type: ${params.grant_type}`];
    case 'access_denied':
      return [403, 'access_denied', description];
    default:
      break;
  }
  if (/grant type is not allowed/u.test(description)) {
    return [403, 'unauthorized_client', `Grant type '${params.grant_type}' not allowed for the client.`];
  }
  return [error.statusCode, error.error, description];
}

function invalidGrant(detail, { grant_type: grantType }) {
  if (/email or password/u.test(detail)) return 'Wrong email or password.';
  if (/code_verifier|code_challenge/u.test(detail)) return 'Failed to verify code verifier';
  if (/redirect_uri/u.test(detail)) return 'The redirect URI is wrong: it is not the one of the authorization request';
  return grantType === 'refresh_token' ? 'Unknown or invalid refresh token.' : 'Invalid authorization code';
}
