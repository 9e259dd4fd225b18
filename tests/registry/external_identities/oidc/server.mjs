// A real OpenID provider on a free port of this machine: node server.mjs MODULES ALGORITHM
// It prints its address when it is ready, and ends when its standard input does.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [modules, algorithm] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(createRequire(`${modules}/`).resolve('oidc-provider')));

const KEY_TYPES = {
  RS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
  EdDSA: ['ed25519'],
};
// The provider wants an RSA key in any case: its own default is RS256.
const keys = [...new Set([algorithm, 'RS256'])].map((alg) => ({
  ...generateKeyPairSync(...KEY_TYPES[alg]).privateKey.export({ format: 'jwk' }),
  kid: `${alg}-1`,
  use: 'sig',
  alg,
}));

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'isaf-app',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        id_token_signed_response_alg: algorithm,
        redirect_uris: ['http://127.0.0.1/callback'],
      },
    ],
    enabledJWA: { idTokenSigningAlgValues: Object.keys(KEY_TYPES) },
    features: { devInteractions: { enabled: true } },
    jwks: { keys },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
process.stdin.on('end', () => process.exit()).resume();
