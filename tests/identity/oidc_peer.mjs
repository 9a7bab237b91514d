// An OpenID Connect provider on oidc-provider, as VPVKAC IS would be one. Argument: the service's address. Prints its own;
// whoever types Anna's subject is Anna.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const [service, key] = process.argv.slice(2);
const PEOPLE = {
  "PK:32000000011": { given_name: "Anna", family_name: "Liepiņa", personal_code: "320000-00011", acr: "urn:ivis:qaa:4" },
};

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const base = `http://127.0.0.1:${server.address().port}`;
  const here = `${service}/federation/${key}`;
  const provider = new Provider(base, {
    clients: [{
      client_id: "pkip",
      token_endpoint_auth_method: "private_key_jwt",
      jwks_uri: `${service}/federation/keys.json`,
      redirect_uris: [`${here}/callback`],
      post_logout_redirect_uris: [`${service}/federation/left`],
      backchannel_logout_uri: `${here}/backchannel`,
      backchannel_logout_session_required: true,
    }],
    claims: { openid: ["sub", "sid"], profile: ["given_name", "family_name", "personal_code", "acr"] },

    conformIdTokenClaims: true,
    features: { backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    pkce: { required: () => true },
    findAccount: async (_context, id) => PEOPLE[id] && { accountId: id, claims: async () => ({ sub: id, ...PEOPLE[id] }) },
    cookies: { keys: ["only-in-tests"] },
    // its own dispatcher refuses to call the loopback, where the service listens in tests
    fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
  });
  provider.on("server_error", (_context, error) => console.error(error));
  server.on("request", provider.callback());
  console.log(base);
});
