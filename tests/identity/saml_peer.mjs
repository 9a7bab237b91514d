// A SAML identity provider on samlify, as latvija.lv would be one. Arguments: key file, certificate file, file with the
// service's metadata (read when the first request comes), and "encrypted" if the assertion is to be. Prints its address;
// everybody who comes is Anna.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { randomBytes } from "node:crypto";
import samlify from "samlify";

const [keyFile, certFile, serviceFile, encrypted] = process.argv.slice(2);
const CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";
const URI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";
const attribute = (name, value) =>
  `<saml:Attribute Name="${name}" NameFormat="${URI}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`;
const TEMPLATE =
  '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{ID}" Version="2.0" IssueInstant="{Now}" Destination="{Acs}" InResponseTo="{Asked}"><saml:Issuer>{Issuer}</saml:Issuer>' +
  '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>' +
  '<saml:Assertion ID="{AssertionID}" Version="2.0" IssueInstant="{Now}"><saml:Issuer>{Issuer}</saml:Issuer><saml:Subject><saml:NameID Format="urn:ivis:100001:name.id-viss">{NameID}</saml:NameID>' +
  '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="{Until}" Recipient="{Acs}" InResponseTo="{Asked}"/></saml:SubjectConfirmation></saml:Subject>' +
  '<saml:Conditions NotBefore="{Since}" NotOnOrAfter="{Until}"><saml:AudienceRestriction><saml:Audience>{Audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>' +
  '<saml:AuthnStatement AuthnInstant="{Now}" SessionIndex="{Session}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:X509</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>' +
  "<saml:AttributeStatement>" +
  attribute(CLAIMS + "givenname", "Anna") + attribute(CLAIMS + "surname", "Liepiņa") +
  attribute(CLAIMS + "privatepersonalidentifier", "320000-00011") +
  attribute("http://ivis.eps.gov.lv/schema/identity/claims/citizenQAALevel", "4") +
  "</saml:AttributeStatement></saml:Assertion></samlp:Response>";
const NAME_ID = "PK:32000000011";

samlify.setSchemaValidator({ validate: async () => "skipped" });
let idp, service;
const sessions = [];
const sp = () => (service ??= samlify.ServiceProvider({
  metadata: readFileSync(serviceFile), wantLogoutRequestSigned: true, wantLogoutResponseSigned: true,
}));

function envelope(request) {
  const [, search] = request.url.split("?");
  const raw = Object.fromEntries(search.split("&").map((part) => [part.split("=")[0], part]));
  const octetString = ["SAMLRequest", "SAMLResponse", "RelayState", "SigAlg"].filter((n) => raw[n]).map((n) => raw[n]).join("&");
  return { query: Object.fromEntries(new URLSearchParams(search)), octetString };
}

async function signOn(request, url) {
  const asked = envelope(request);
  const { extract } = await idp.parseLoginRequest(sp(), "redirect", asked);
  const fault = url.searchParams.get("fault") || request.headers["x-fault"];
  const shift = fault === "expired" ? -3600e3 : 0;
  const at = (seconds) => new Date(Date.now() + shift + seconds * 1000).toISOString();
  const id = () => `_${randomBytes(16).toString("hex")}`;
  const session = id();
  sessions.push(session);
  const acs = sp().entityMeta.getAssertionConsumerService("post");
  const tags = {
    ID: id(), AssertionID: id(), Now: at(0), Since: at(-30), Until: at(300), Acs: acs, Asked: extract.request.id,
    Issuer: idp.entityMeta.getEntityID(), NameID: NAME_ID, Session: session,
    Audience: fault === "audience" ? "https://cits.example/" : sp().entityMeta.getEntityID(),
  };
  const made = await idp.createLoginResponse(sp(), { extract }, "post", {}, {
    customTagReplacement: (template) => ({ id: tags.ID, context: samlify.SamlLib.replaceTagsByValue(template, tags) }),
  });
  return { SAMLResponse: made.context, RelayState: asked.query.RelayState };
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://x");
  const answer = (status, body, type = "application/json", headers = {}) => {
    response.writeHead(status, { "Content-Type": type, ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
  try {
    if (url.pathname === "/metadata") answer(200, idp.getMetadata(), "application/samlmetadata+xml");
    else if (url.pathname === "/sso") answer(200, await signOn(request, url));
    else if (url.pathname === "/slo" && url.searchParams.has("SAMLRequest")) {
      const asked = envelope(request);
      const { extract } = await idp.parseLogoutRequest(sp(), "redirect", asked);
      const made = idp.createLogoutResponse(sp(), { extract }, "redirect", asked.query.RelayState);
      answer(302, { signedOut: extract.nameID, session: extract.sessionIndex }, undefined, { Location: made.context });
    } else if (url.pathname === "/slo") {
      const { extract } = await idp.parseLogoutResponse(sp(), "redirect", envelope(request));
      answer(200, { done: extract.response.inResponseTo });
    } else if (url.pathname === "/end") {
      const made = idp.createLogoutRequest(sp(), "redirect", { logoutNameID: NAME_ID, sessionIndex: sessions.at(-1) }, "end");
      answer(302, "", "text/plain", { Location: made.context });
    } else answer(404, "");
  } catch (error) {
    answer(500, { error: String(error && error.stack || error) });
  }
});

server.listen(0, "127.0.0.1", () => {
  const base = `http://127.0.0.1:${server.address().port}`;
  const at = (path) => [{ Binding: "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect", Location: base + path }];
  idp = samlify.IdentityProvider({
    entityID: `${base}/metadata`,
    privateKey: readFileSync(keyFile),
    signingCert: readFileSync(certFile),
    wantAuthnRequestsSigned: true,
    isAssertionEncrypted: encrypted === "encrypted",
    wantLogoutRequestSigned: true,
    wantLogoutResponseSigned: true,
    requestSignatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    nameIDFormat: ["urn:ivis:100001:name.id-viss"],
    singleSignOnService: at("/sso"),
    singleLogoutService: at("/slo"),
    loginResponseTemplate: { context: TEMPLATE, attributes: [] },
  });
  console.log(base);
});
