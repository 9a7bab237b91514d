/* Answers for the tablet while there is no network: from the cache of the member who is signed in here. With a network
   everything comes from the server, and what the tablet's pages opened is kept anew. */
"use strict";

const KEPT = [
  /^\/council\/sessions\/[^/]+\/(tablet|papers)$/,
  /^\/council\/matters\/[^/]+\/files\/[^/]+$/,
  /^\/static\//,
];

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function own() {
  const name = (await caches.keys()).find((one) => one.startsWith("pkip-tablet-"));
  return name ? caches.open(name) : null;
}

async function answer(request) {
  const cache = await own();
  if (!cache) return fetch(request);
  if (new URL(request.url).pathname.startsWith("/static/")) {  // each address bears the mark of its content
    const found = await cache.match(request);
    if (found) return found;
  }
  try {
    const fresh = await fetch(request);
    const whole = fresh.status === 200 && fresh.type === "basic" && !fresh.redirected && !request.headers.has("Range");
    if (whole && !request.headers.has("HX-Request")) cache.put(request.url, fresh.clone()).catch(() => {});
    return fresh;
  } catch (error) {
    const found = request.headers.has("HX-Request") ? null : await cache.match(request.url, { ignoreVary: true });
    if (found) return found;
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (KEPT.some((one) => one.test(url.pathname))) event.respondWith(answer(request));
});
