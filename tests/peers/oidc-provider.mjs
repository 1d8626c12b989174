// An OpenID provider on the certified library `oidc-provider`, and an API that takes its tokens.
//
//   node oidc-provider.mjs '{"module": "…/oidc-provider/lib/index.js", "port": 8080, …}'
//
// The options are those of `OidcOptions` in tests/src/oidc_provider.rs. Every event is a line of JSON on standard output.

import { hash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const options = JSON.parse(process.argv[2]);
const { Provider } = await import(pathToFileURL(options.module));
// What the provider itself checks signatures with.
const jose = await import(pathToFileURL(join(options.module, '../../../jose/dist/webapi/index.js')));

const tell = (event, more) => console.log(JSON.stringify({ event, ...more }));
const seconds = (value) => () => value;
const grants = ['authorization_code', 'refresh_token', 'client_credentials', 'urn:ietf:params:oauth:grant-type:device_code'];
const loopback = ['127.0.0.1', 'localhost', '[::1]'];
const redirects = ['/', '/callback', '/oauth/callback'].flatMap((path) => loopback.map((host) => `http://${host}${path}`));

const client = (client_id, token_endpoint_auth_method, more) => ({
  client_id,
  client_secret: token_endpoint_auth_method.startsWith('client_secret') ? `${client_id}-secret` : undefined,
  token_endpoint_auth_method,
  application_type: 'native',
  grant_types: token_endpoint_auth_method === 'none' ? grants.filter((grant) => grant !== 'client_credentials') : grants,
  redirect_uris: redirects,
  ...more,
});

const clients = [
  client('native', 'none'),
  client('basic', 'client_secret_basic'),
  client('body', 'client_secret_post'),
  // Characters that a form encodes: RFC 6749 section 2.3.1.
  client('strange:+&%', 'client_secret_basic', { client_secret: 'a b:c+d%e&f' }),
];
if (options.jwks) clients.push(client('signed', 'private_key_jwt', { jwks: options.jwks }));
if (options.tls) clients.push(client('tls', 'tls_client_auth', { tls_client_auth_subject_dn: options.tls.subject }));

const configuration = {
  clients,
  // Public clients have to use it anyway.
  pkce: { required: () => true },
  scopes: ['openid', 'offline_access', 'profile', 'read', 'write'],
  claims: { openid: ['sub'], profile: ['name'] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: id }) }),
  rotateRefreshToken: options.rotate,
  issueRefreshToken: (_, app, source) =>
    app.grantTypeAllowed('refresh_token') && (!options.offlineScopeNeeded || source.scopes.has('offline_access')),
  expiresWithSession: () => false,
  clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt', ...(options.tls ? ['tls_client_auth'] : [])],
  cookies: { keys: ['a key of the tests'] },
  ttl: {
    AccessToken: seconds(options.accessTokenSeconds),
    ClientCredentials: seconds(options.accessTokenSeconds),
    RefreshToken: seconds(options.refreshTokenSeconds),
    DeviceCode: seconds(options.deviceCodeSeconds),
    AuthorizationCode: seconds(60),
    IdToken: seconds(3600),
    Interaction: seconds(600),
    Session: seconds(3600),
    Grant: seconds(86400),
  },
  features: {
    devInteractions: { enabled: true },
    deviceFlow: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => options.dpopNonces },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({ scope: 'read write', accessTokenFormat: 'opaque' }),
    },
    mTLS: {
      enabled: Boolean(options.tls),
      tlsClientAuth: true,
      getCertificate: (ctx) => ctx.socket.getPeerX509Certificate?.()?.toString(),
      certificateAuthorized: (ctx) => ctx.socket.authorized,
      certificateSubjectMatches: (ctx, property, expected) =>
        property === 'tls_client_auth_subject_dn' && ctx.socket.getPeerCertificate().subject?.CN === expected.replace('CN=', ''),
    },
  },
};

const issuer = options.tls ? `https://127.0.0.1:${options.tls.port}` : `http://127.0.0.1:${options.port}`;
const provider = new Provider(issuer, configuration);

const asked = (ctx) => ({
  client: ctx.oidc?.client?.clientId,
  grant: ctx.oidc?.params?.grant_type,
  scope: ctx.oidc?.params?.scope,
  resource: ctx.oidc?.params?.resource,
});
for (const name of ['authorization.success', 'device_authorization.success', 'grant.success', 'grant.revoked']) {
  provider.on(name, (ctx) => tell(name, asked(ctx)));
}
for (const name of ['authorization.error', 'device_authorization.error', 'grant.error', 'revocation.error', 'server_error']) {
  provider.on(name, (ctx, error) =>
    tell(name, { ...asked(ctx), error: error.error ?? error.message, why: error.error_detail ?? error.error_description }));
}
for (const name of ['access_token.destroyed', 'refresh_token.destroyed', 'refresh_token.consumed', 'client_credentials.destroyed']) {
  provider.on(name, () => tell(name));
}

const issued = [];
for (const name of ['access_token.saved', 'client_credentials.saved']) provider.on(name, (token) => issued.push(token));

// What is wrong with the proof for a token that is bound to a key (RFC 9449 sections 4.3 and 7), if anything is.
let nonce = randomBytes(12).toString('base64url');
const seen = new Set();
const disproved = async (ctx, token, thumbprint) => {
  const { payload, protectedHeader } =
    await jose.jwtVerify(ctx.get('dpop'), jose.EmbeddedJWK, { typ: 'dpop+jwt', algorithms: ['ES256'], maxTokenAge: 60 });
  if (options.dpopNonces && payload.nonce !== nonce) return 'use_dpop_nonce';
  const wrong = [
    ['key', await jose.calculateJwkThumbprint(protectedHeader.jwk) !== thumbprint],
    ['private key', 'd' in protectedHeader.jwk],
    ['htm', payload.htm !== ctx.method],
    ['htu', payload.htu !== `${ctx.protocol}://${ctx.host}${ctx.path}`],
    ['ath', payload.ath !== hash('sha256', token, 'base64url')],
    ['jti', typeof payload.jti !== 'string' || seen.has(payload.jti)],
  ].filter(([, is]) => is).map(([name]) => name);
  seen.add(payload.jti);
  return wrong.length > 0 ? `invalid_dpop_proof: ${wrong}` : undefined;
};

// The API: `GET /oauth/read` and everything else that the provider does not know. It answers as specs/security.yaml says.
const needs = { '/oauth/read': ['read'], '/oauth/write': ['read', 'write'] };
provider.use(async (ctx, next) => {
  if (ctx.path === '/token' && ctx.method === 'POST') {
    await next();
    // The answer is late, the work is done: a rotated refresh token is spent already.
    await new Promise((resolve) => setTimeout(resolve, options.answerDelayMilliseconds));
    return;
  }
  if (ctx.path === '/revoke-all') {
    // Access tokens only; who signed in stays signed in.
    for (const token of issued.splice(0)) await token.destroy();
    ctx.status = 204;
    return;
  }
  if (ctx.path === '/renew-nonce') {
    nonce = randomBytes(12).toString('base64url');
    ctx.status = 204;
    return;
  }
  if (!ctx.path.startsWith('/oauth/') && ctx.path !== '/oidc' && ctx.path !== '/bearer') return next();
  const [scheme, token = ''] = ctx.get('authorization').split(' ');
  let found = await provider.AccessToken.find(token) ?? await provider.ClientCredentials.find(token);
  let refusal = `${scheme || 'Bearer'} error="invalid_token"`;
  if (found && scheme !== (found.jkt ? 'DPoP' : 'Bearer')) found = undefined;
  if (found?.jkt) {
    const why = await disproved(ctx, token, found.jkt).catch((error) => `invalid_dpop_proof: ${error.message}`);
    if (why) {
      tell('proof.error', { why });
      found = undefined;
      refusal = `DPoP error="${why.split(':')[0]}", algs="ES256"`;
      if (why === 'use_dpop_nonce') ctx.set('DPoP-Nonce', nonce);
    }
  }
  const scopes = found?.scope?.split(' ') ?? [];
  const missing = (needs[ctx.path] ?? []).filter((scope) => !scopes.includes(scope));
  if (!found) {
    ctx.status = 401;
    ctx.set('WWW-Authenticate', refusal);
    ctx.body = { reason: 'invalid token' };
  } else if (missing.length > 0) {
    ctx.status = 403;
    ctx.body = { reason: `missing scope: ${missing.join(' ')}` };
  } else {
    ctx.body = { subject: found.accountId ?? found.clientId, scopes };
  }
  tell('api', { path: ctx.path, status: ctx.status, subject: ctx.body.subject });
});

if (options.tls) {
  const { key, cert, ca } = options.tls;
  createTlsServer({ key, cert, ca, requestCert: true, rejectUnauthorized: false }, provider.callback())
    .listen(options.tls.port, '127.0.0.1');
}
createServer(provider.callback()).listen(options.port, '127.0.0.1');
