// An OpenID provider (`oidc-provider`, certified) with one client and one person, for oidc_login.py.
//
// Usage: node oidc_provider.mjs PORT REDIRECT_URI
//
// It lies in the directory where oidc-provider is installed, since Node looks for packages beside a script.

import { Provider } from 'oidc-provider';

const [port, redirectUri] = process.argv.slice(2);
const grace = { sub: '248289761001', email: 'grace@example.org', email_verified: true, name: 'Grace Hopper' };

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'florin',
    client_secret: 'a secret: of the interop test',
    redirect_uris: [redirectUri],
  }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  findAccount: (_, sub) => ({ accountId: sub, claims: async () => ({ ...grace, sub }) }),
});

provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
