// A relying party on the npm package openid-client, and the browser of a person, against a running portal.
// argv: {issuer, username, password, redirect_uri, post_logout_uri, clients: {name: {id, secret?, jwk?, method}}}
// Prints one JSON object: what each step brought.
import * as oidc from "openid-client";

const given = JSON.parse(process.argv[2]);
const found = {};

class Browser {
  cookies = {};
  async go(url, options = {}) {
    const cookie = Object.entries(this.cookies).map(([k, v]) => `${k}=${v}`).join("; ");
    const response = await fetch(url, { redirect: "manual", ...options, headers: { cookie, ...options.headers } });
    for (const line of response.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split(/=(.*)/s);
      this.cookies[name] = value;
    }
    return response;
  }
  // follows redirects within the portal; returns the first address that leads out of it, or the page
  async follow(url) {
    for (let hop = 0; hop < 10; hop++) {
      const response = await this.go(url);
      const location = response.headers.get("location");
      if (!location) return { page: await response.text(), url };
      url = new URL(location, url).href;
      if (!url.startsWith(given.issuer)) return { out: url };
    }
    throw new Error("too many redirects");
  }
  async signIn({ page, url }) {
    const token = page.match(/name="csrf_token" value="([^"]+)"/)?.[1] ?? "";
    const action = page.match(/<form method="post" action="([^"]*)"/)[1].replaceAll("&amp;", "&");
    const body = new URLSearchParams({ csrf_token: token, username: given.username, password: given.password });
    const response = await this.go(new URL(action, url), { method: "POST", body });
    if (response.status !== 303) throw new Error(`sign-in answered ${response.status}`);
    return this.follow(new URL(response.headers.get("location"), url).href);
  }
}

async function configuration(client) {
  const proofs = {
    client_secret_basic: () => oidc.ClientSecretBasic(client.secret),
    client_secret_post: () => oidc.ClientSecretPost(client.secret),
    none: () => oidc.None(),
    private_key_jwt: async () => {
      const algorithm = { name: "ECDSA", namedCurve: "P-256" };
      const key = await crypto.subtle.importKey("jwk", client.jwk, algorithm, false, ["sign"]);
      return oidc.PrivateKeyJwt({ key, kid: client.jwk.kid });
    },
  };
  const config = await oidc.discovery(new URL(given.issuer), client.id, undefined, await proofs[client.method](), {
    execute: [oidc.allowInsecureRequests],
  });
  oidc.enableNonRepudiationChecks(config); // check the id_token's signature against the published keys
  return config;
}

async function begin(config, scope) {
  const verifier = oidc.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier: verifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() };
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: given.redirect_uri,
    scope,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
  });
  return { url, checks };
}

const refusal = async (promise) => promise.then(() => "accepted", (error) => error.error ?? error.code ?? String(error));

const browser = new Browser();
for (const [name, client] of Object.entries(given.clients)) {
  const config = await configuration(client);
  const step = (found[name] = { issuer: config.serverMetadata().issuer });
  if (client.grant === "client_credentials") {
    const tokens = await oidc.clientCredentialsGrant(config, { scope: client.scope });
    step.scope = tokens.scope;
    step.active = (await oidc.tokenIntrospection(config, tokens.access_token)).active;
    await oidc.tokenRevocation(config, tokens.access_token);
    step.active_after_revocation = (await oidc.tokenIntrospection(config, tokens.access_token)).active;
    continue;
  }
  const { url, checks } = await begin(config, client.scope);
  let came = await browser.follow(url.href);
  step.asked_to_sign_in = !came.out;
  if (!came.out) came = await browser.signIn(came);
  const back = new URL(came.out);
  const tokens = await oidc.authorizationCodeGrant(config, back, checks);
  step.claims = tokens.claims();
  step.userinfo = await oidc.fetchUserInfo(config, tokens.access_token, step.claims.sub);
  const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  step.rotated = fresh.refresh_token !== tokens.refresh_token;
  if (client.method !== "none") {
    const told = await oidc.tokenIntrospection(config, fresh.access_token);
    step.introspected = { active: told.active, username: told.username };
  }

  if (client.misuse) {
    step.refused = {};
    step.refused.refresh_twice = await refusal(oidc.refreshTokenGrant(config, tokens.refresh_token));
    step.refused.refresh_after_theft = await refusal(oidc.refreshTokenGrant(config, fresh.refresh_token));
    step.refused.userinfo_after_theft = await refusal(oidc.fetchUserInfo(config, fresh.access_token, step.claims.sub));
    let next = await begin(config, client.scope);
    let answer = new URL((await browser.follow(next.url.href)).out);
    const wrong = { ...next.checks, pkceCodeVerifier: oidc.randomPKCECodeVerifier() };
    step.refused.wrong_verifier = await refusal(oidc.authorizationCodeGrant(config, answer, wrong));
    next = await begin(config, client.scope);
    answer = new URL((await browser.follow(next.url.href)).out);
    const used = await oidc.authorizationCodeGrant(config, answer, next.checks);
    step.refused.code_twice = await refusal(oidc.authorizationCodeGrant(config, answer, next.checks));
    step.refused.userinfo_after_reuse = await refusal(oidc.fetchUserInfo(config, used.access_token, step.claims.sub));
    const plain = oidc.buildAuthorizationUrl(config, { redirect_uri: given.redirect_uri, scope: "openid", state: "x" });
    const answered = new URL((await browser.follow(plain.href)).out);
    step.refused.without_pkce = answered.searchParams.get("error");
    next = await begin(config, client.scope);
    next.url.searchParams.set("redirect_uri", "https://evil.example/");
    step.refused.open_redirect = (await browser.follow(next.url.href)).out ?? "stayed";
  }
  if (client.sign_out) {
    const end = oidc.buildEndSessionUrl(config, {
      id_token_hint: fresh.id_token,
      post_logout_redirect_uri: given.post_logout_uri,
      state: "bye",
    });
    step.signed_out_to = (await browser.follow(end.href)).out;
    step.silent_afterwards = new URL(
      (await browser.follow((await begin(config, client.scope)).url.href + "&prompt=none")).out,
    ).searchParams.get("error");
    step.refresh_after_sign_out = await refusal(oidc.refreshTokenGrant(config, fresh.refresh_token));
  }
}
console.log(JSON.stringify(found));
