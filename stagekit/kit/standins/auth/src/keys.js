import { randomBytes } from 'node:crypto';

import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT } from 'jose';

const ALG = 'RS256';

/** The signing key and the cookie keys, made at the first start and kept in the store. */
export async function loadKeys(store) {
  const privateJwk = await store.secret('signing-key', makeSigningKey);
  const { kty, n, e, kid } = privateJwk;
  const privateKey = await importJWK(privateJwk, ALG);
  const publicKey = await importJWK({ kty, n, e }, ALG);
  return {
    jwks: { keys: [privateJwk] },
    cookies: [await store.secret('cookie-key', () => randomBytes(32).toString('base64url'))],
    sign: (claims) => new SignJWT(claims).setProtectedHeader({ alg: ALG, typ: 'JWT', kid }).sign(privateKey),
    /** The token's claims, or a rejection. `options` are jose's: issuer, audience, and so on. */
    verify: async (token, options) => (await jwtVerify(token, publicKey, { algorithms: [ALG], ...options })).payload,
  };
}

async function makeSigningKey() {
  const { privateKey } = await generateKeyPair(ALG, { modulusLength: 2048, extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: (await calculateJwkThumbprint(jwk)).slice(0, 21), alg: ALG, use: 'sig' };
}
