/* The member's tablet: votes that outlive a lost network, what the tablet says of itself, keys, notes, papers offline.
   Each is an extra: the forms work as plain POSTs without it. */
(function () {
  "use strict";

  const body = document.body;
  const session = body.dataset.tablet;
  const member = body.dataset.member;
  const program = new URL(document.currentScript.src).searchParams.get("v") || "";
  const STORE = "pkip-vote:";
  const WAIT_MS = 8000;
  let streaming = true;

  // --- votes: kept here until the server says that they are stored, or why they are not ---
  function kept() {
    return Object.keys(localStorage).filter((name) => name.startsWith(STORE)).map((name) => JSON.parse(localStorage.getItem(name)));
  }
  function keep(vote) { localStorage.setItem(STORE + vote.ballot, JSON.stringify(vote)); }
  function drop(vote) { localStorage.removeItem(STORE + vote.ballot); }
  function newKey() { return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(""); }

  function say(state, vote) {
    const bar = document.getElementById("vote-state");
    if (!bar) return;
    bar.hidden = !state;
    bar.dataset.state = state || "";
    const words = state ? bar.dataset[state].replace("{}", vote.word).replace("{time}", vote.time) : "";
    if (bar.textContent !== words) {
      bar.textContent = words;
      const region = document.getElementById("announcer");
      if (region && words) region.textContent = words;
    }
    document.querySelectorAll(".cn-vote button").forEach((button) => {
      const mine = Boolean(state) && button.form.dataset.vote === vote.ballot && button.value === vote.choice;
      button.classList.toggle("is-pressed", mine);
      if (mine) button.setAttribute("aria-pressed", "true"); else button.removeAttribute("aria-pressed");
    });
  }

  let busy = null;  // the vote that is on its way
  let again = null;
  function later() { clearTimeout(again); again = setTimeout(sendKept, 3000); }

  async function post(vote) {
    const fields = new URLSearchParams({ choice: vote.choice, key: vote.key, csrf_token: token() });
    return fetch(vote.url, {
      method: "POST", body: fields, credentials: "same-origin", redirect: "manual",
      headers: { "HX-Request": "true", "X-CSRFToken": token(), Accept: "application/json, text/html;q=0.9" }, signal: AbortSignal.timeout(WAIT_MS),
    });
  }
  function token() { return JSON.parse(body.getAttribute("hx-headers"))["X-CSRFToken"]; }

  async function send(vote) {
    if (busy) return;
    busy = vote;
    clearTimeout(again);
    say(navigator.onLine ? "sending" : "unsent", vote);
    let answer = null, words = "";
    try {
      answer = await post(vote);
      words = await answer.text();
    } catch { answer = null; }
    busy = null;
    if (answer && answer.headers.get("HX-Redirect")) {  // sign in, or prove anew who votes; then it goes by itself
      say("again", vote);
      location.assign(answer.headers.get("HX-Redirect"));
      return;
    }
    if (!answer || answer.type === "opaqueredirect" || answer.status >= 500 || answer.status === 429) {
      say("unsent", vote);
      later();
      return;
    }
    if (answer.status === 400) { await renew(); say("unsent", vote); later(); return; }  // the form is of an earlier sign-in
    drop(vote);
    if (answer.ok && (answer.headers.get("Content-Type") || "").startsWith("application/json")) {
      say("stored", { ...vote, time: JSON.parse(words).time });
      setTimeout(() => refresh(vote), 200 + Math.random() * 1500);  // not all tablets in the same moment
      return;
    }
    say(answer.ok ? "" : "lost", vote);
    show(words, vote);
  }

  function refresh(vote) {
    htmx.ajax("GET", vote.back, { target: "#tablet", swap: "morph:outerHTML" }).then(() => {
      if (document.getElementById("vote-state").dataset.state === "stored") say("", vote);  // the page itself says it
    });
  }

  async function renew() {
    try {
      const page = await (await fetch(location.href, { cache: "no-store" })).text();
      const fresh = new DOMParser().parseFromString(page, "text/html").body.getAttribute("hx-headers");
      if (fresh) body.setAttribute("hx-headers", fresh);
    } catch { /* there is no network yet */ }
  }

  function show(words, vote) {
    if (words.includes('id="tablet"')) htmx.swap("#tablet", words, { swapStyle: "morph:outerHTML", swapDelay: 0, settleDelay: 0 }, { contextElement: document.getElementById("tablet") });
    else refresh(vote);
  }

  function sendKept() {
    const waiting = kept().find((vote) => vote.session === session);
    if (waiting) send(waiting);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-vote]");
    const button = event.submitter;
    if (!form || !button || !button.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (busy) return;
    const vote = { ballot: form.dataset.vote, session, member, choice: button.value, word: button.dataset.word || button.textContent.trim(), url: form.action, back: form.dataset.back, key: newKey() };
    keep(vote);
    send(vote);
  }, true);
  window.addEventListener("online", sendKept);
  body.addEventListener("live-state", (event) => { streaming = event.detail.online; if (streaming) sendKept(); });
  body.addEventListener("htmx:afterSettle", () => { const vote = busy || kept().find((one) => one.session === session); if (vote) say(document.getElementById("vote-state").dataset.state || "unsent", vote); });

  // --- keys: 1, 2, 3 … go to a button, arrows from one to the next; Enter presses it ---
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select")) return;
    const buttons = [...document.querySelectorAll(".cn-vote button")].filter((button) => button.offsetParent);
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const at = buttons.indexOf(document.activeElement);
    const next = step && at >= 0 ? buttons[(at + step + buttons.length) % buttons.length] : buttons[Number(event.key) - 1];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });

  // --- what the tablet says of itself, each 20 seconds; not all tablets in the same moment ---
  async function beat() {
    if (document.hidden || !navigator.onLine) return;
    const said = new URLSearchParams({ way: streaming ? "stream" : "poll", version: program, csrf_token: token() });
    try {
      if (navigator.getBattery) {
        const battery = await navigator.getBattery();
        said.set("battery", Math.round(battery.level * 100));
        said.set("charging", battery.charging ? "1" : "0");
      }
      await fetch("/council/sessions/" + session + "/beat", { method: "POST", body: said, headers: { "X-CSRFToken": token() } });
    } catch { /* the desk sees that it is silent */ }
  }

  // --- own notes: kept here while there is no network ---
  const NOTE = "pkip-note:" + member + ":";
  const writing = new Map();
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-note]");
    if (!form) return;
    localStorage.setItem(NOTE + form.dataset.note, JSON.stringify({ text: event.target.value, version: form.elements.version.value }));
    clearTimeout(writing.get(form));
    writing.set(form, setTimeout(() => saveNote(form), 1000));
  });
  async function saveNote(form) {
    const sent = form.elements.text.value;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-CSRFToken": token(), Accept: "application/json" }, signal: AbortSignal.timeout(WAIT_MS) });
      if (!answer.ok) throw new Error(answer.status);
      const told = await answer.json();
      form.elements.version.value = told.version;
      if (form.elements.text.value === sent) {
        form.elements.text.value = told.text;
        localStorage.removeItem(NOTE + form.dataset.note);
      }
      noteState(form, "saved");
    } catch {
      noteState(form, "kept");
    }
  }
  function noteState(form, state) {
    const mark = form.querySelector("[data-note-state]");
    mark.textContent = mark.dataset[state];
  }
  function notesFromHere() {
    document.querySelectorAll("form[data-note]").forEach((form) => {
      const here = localStorage.getItem(NOTE + form.dataset.note);
      if (!here) return;
      const { text, version } = JSON.parse(here);
      form.elements.text.value = text;
      form.elements.version.value = version;
      form.closest("details").open = true;
      saveNote(form);
    });
  }
  window.addEventListener("online", notesFromHere);

  // --- amendments: kept here while they are typed, and until the server has given them a number ---
  const AMEND = "pkip-amendment:" + member + ":";
  const keptAmendment = (form) => JSON.parse(localStorage.getItem(AMEND + form.dataset.amendment) || "null");
  function keepAmendment(form, key) {
    const words = Object.fromEntries(["old_text", "new_text", "reason"].map((name) => [name, form.elements[name].value]));
    localStorage.setItem(AMEND + form.dataset.amendment, JSON.stringify({ words, key }));
  }
  function sayAmendment(form, state, words) {
    const mark = form.querySelector("[data-amendment-state]");
    mark.textContent = mark.dataset[state].replace("{}", words);
    mark.classList.toggle("cn-problem", state === "refused");
  }
  async function sendAmendment(form) {
    const kept = keptAmendment(form);
    if (!kept || !kept.key) return;
    const fields = new URLSearchParams({ ...kept.words, key: kept.key, csrf_token: token() });
    let answer = null, told = null;
    try {
      answer = await fetch(form.action, { method: "POST", body: fields, redirect: "manual", headers: { "X-CSRFToken": token(), Accept: "application/json" }, signal: AbortSignal.timeout(WAIT_MS) });
      told = (answer.headers.get("Content-Type") || "").startsWith("application/json") ? await answer.json() : null;
    } catch { answer = null; }
    const still = keptAmendment(form);
    if (!still || still.key !== kept.key) return;  // the words were changed meanwhile
    if (answer && answer.ok && told) {
      localStorage.removeItem(AMEND + form.dataset.amendment);
      form.reset();
      sayAmendment(form, "stored", told.n);
    } else if (answer && answer.status > 400 && answer.status < 500 && answer.status !== 429) {
      keepAmendment(form, "");
      sayAmendment(form, "refused", told ? told.problem : form.querySelector("[data-amendment-state]").dataset.again);
    } else {
      sayAmendment(form, "kept");
      if (answer && answer.status === 400) await renew();  // the form is of an earlier sign-in
      setTimeout(() => sendAmendment(form), 5000);
    }
  }
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-amendment]");
    if (!form) return;
    keepAmendment(form, "");
    sayAmendment(form, "typed");
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-amendment]");
    if (!form) return;
    event.preventDefault();
    const kept = keptAmendment(form);
    keepAmendment(form, (kept && kept.key) || newKey());  // pressed again, it is the same amendment
    sendAmendment(form);
  });
  function amendmentsFromHere() {
    document.querySelectorAll("form[data-amendment]").forEach((form) => {
      form.querySelector("[data-take]").parentElement.hidden = false;
      const kept = keptAmendment(form);
      if (!kept) return;
      for (const [name, words] of Object.entries(kept.words)) form.elements[name].value = words;
      for (let part = form.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
      sayAmendment(form, kept.key ? "kept" : "typed");
      sendAmendment(form);
    });
  }
  window.addEventListener("online", amendmentsFromHere);
  let selected = "";  // pressing a button would take the selection away
  document.addEventListener("selectionchange", () => {
    const found = document.getSelection();
    const node = found.anchorNode;
    const place = node && (node.closest ? node : node.parentElement);
    if (found.toString().trim() && place && place.closest(".cn-draft")) selected = found.toString().trim();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-take]");
    if (!button || !selected) return;
    button.form.elements.old_text.value = selected;
    button.form.elements.old_text.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // --- offline: the worker keeps what was opened; the cache is this member's and nobody else's ---
  async function offline() {
    if (!("serviceWorker" in navigator) || !window.caches) return;
    const own = "pkip-tablet-" + member;
    for (const name of await caches.keys()) if (name.startsWith("pkip-tablet-") && name !== own) await caches.delete(name);
    const cache = await caches.open(own);
    await navigator.serviceWorker.register("/council/tablet-worker.js", { scope: "/council/" });
    // this page and what it needs, so that it opens again without a network
    const parts = [...document.querySelectorAll("script[src], link[rel=stylesheet]")].map((part) => part.src || part.href);
    const papers = [...document.querySelectorAll("[data-keep]")].map((link) => link.href);
    for (const address of [location.href, ...parts, ...papers]) {
      try {
        const answer = await fetch(address, { credentials: "same-origin" });
        if (answer.ok && !answer.redirected) await cache.put(address, answer);
      } catch { /* the next opening keeps it */ }
    }
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-keep-all]");
    if (!button || !window.caches) return;
    const cache = await caches.open("pkip-tablet-" + member);
    let missing = 0;
    for (const link of document.querySelectorAll("a[data-file]")) {
      try {
        const answer = await fetch(link.href);
        if (answer.ok) await cache.put(link.href, answer); else missing += 1;
      } catch { missing += 1; }
    }
    button.nextElementSibling.textContent = missing ? button.dataset.missing : button.dataset.done;
  });

  function start() {
    for (const vote of kept()) if (vote.member !== member) drop(vote);
    document.querySelectorAll("[data-keep-all]").forEach((button) => { button.hidden = !window.caches; });
    sendKept();
    notesFromHere();
    amendmentsFromHere();
    setTimeout(() => { beat(); setInterval(beat, 20000); }, 500 + Math.random() * 4000);
    if (document.readyState === "complete") setTimeout(offline, 500); else window.addEventListener("load", () => setTimeout(offline, 500));
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
