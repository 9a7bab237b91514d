/* Council screens: state of the connection, clocks, announcements for screen readers, reordering of the agenda.
   Everything here is an extra: each form works as a plain POST without it. */
(function () {
  "use strict";

  // --- clocks: the server's time (it may be moved in the sandbox), carried on by the browser's own ticking ---
  function serverNow(element) {
    if (element.seen !== element.dataset.now) { element.seen = element.dataset.now; element.seenAt = performance.now(); }
    return new Date(Date.parse(element.seen) + (performance.now() - element.seenAt));
  }
  const clockFormat = new Intl.DateTimeFormat("lv-LV", {
    timeZone: "Europe/Riga", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false,
  });
  function tick() {
    document.querySelectorAll("[data-clock]").forEach((clock) => {
      clock.textContent = clockFormat.format(serverNow(clock));
    });
    document.querySelectorAll("[data-elapsed-since]").forEach((element) => {
      const clock = document.querySelector("[data-clock]");
      if (!clock) return;
      const seconds = Math.max(0, Math.floor((serverNow(clock) - Date.parse(element.dataset.elapsedSince)) / 1000));
      element.textContent = Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
    });
  }

  // --- countdowns: what is left of a speech or a break, and how much too long it is already ---
  function countDown() {
    const clock = document.querySelector("[data-clock]");
    if (!clock) return;
    document.querySelectorAll("[data-until]").forEach((element) => {
      const left = Math.round((Date.parse(element.dataset.until) - serverNow(clock)) / 1000);
      const seconds = Math.abs(left);
      element.textContent = (left < 0 ? "−" : "") + Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
      element.classList.toggle("is-over", left < 0);
    });
  }

  // --- connection: never let a member believe that a vote went out when nothing can go out ---
  let lastFailed = false;
  function showConnection() {
    const up = navigator.onLine && !lastFailed;
    document.querySelectorAll(".cn-net").forEach((mark) => {
      mark.dataset.state = up ? "up" : "down";
    });
  }
  function heard() { lastFailed = false; showConnection(); }
  function failed(event) {
    lastFailed = true;
    showConnection();
    const form = event.target.closest && event.target.closest("[data-unsent]");
    if (form) showUnsent(form);
  }
  function showUnsent(form) {
    let note = document.getElementById("unsent");
    if (!note) {
      note = document.createElement("div");
      note.id = "unsent";
      note.className = "cn-problem";
      note.setAttribute("role", "alert");
      form.before(note);
    }
    note.textContent = form.dataset.unsent;
  }

  // --- announcements: a region that stays in the page, because one that is swapped in is not read out ---
  let spoken = "";
  function announce() {
    const region = document.getElementById("announcer");
    const source = document.querySelector("[data-announce]");
    const words = source ? source.dataset.announce || source.textContent.trim().replace(/\s+/g, " ") : "";
    if (region && words && words !== spoken) region.textContent = words;
    spoken = words;
  }

  // --- reordering: the buttons do the work; Alt + arrows press them, dragging posts the new place ---
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    const row = event.target.closest && event.target.closest("[data-reorder] > li");
    const button = row && row.querySelector(event.key === "ArrowUp" ? "[data-move=up]" : "[data-move=down]");
    if (button && !button.disabled) {
      event.preventDefault();
      button.focus();
      button.click();
    }
  });
  let draggedId = "";  // not the row itself: a live event may swap the list while it is dragged
  let held = false;  // a finger or the mouse is down on the list
  let missed = false;  // a refresh came meanwhile and was put off
  function release() {
    held = false;
    draggedId = "";
    if (missed) { missed = false; document.body.dispatchEvent(new CustomEvent("live", { detail: { name: "agenda" } })); }
  }
  document.addEventListener("pointerdown", (event) => { held = Boolean(rowOf(event)); });
  document.addEventListener("pointerup", release);
  function rowOf(event) { return event.target.closest && event.target.closest("[data-reorder] > li"); }
  function unmark() {
    document.querySelectorAll(".is-target, .is-dragged").forEach((row) => row.classList.remove("is-target", "is-dragged"));
  }
  document.addEventListener("dragstart", (event) => {
    const row = rowOf(event);
    draggedId = row ? row.id : "";
    if (!row) return;
    row.classList.add("is-dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", row.id);
  });
  document.addEventListener("dragover", (event) => {
    const row = rowOf(event);
    if (!draggedId || !row) return;
    event.preventDefault();
    document.querySelectorAll(".is-target").forEach((other) => other.classList.remove("is-target"));
    row.classList.add("is-target");
  });
  document.addEventListener("dragend", () => { unmark(); release(); });
  document.addEventListener("drop", (event) => {
    const row = rowOf(event);
    const dragged = draggedId && document.getElementById(draggedId);
    unmark();
    if (!dragged || !row || row === dragged) return;
    event.preventDefault();
    const form = dragged.querySelector("form[data-position]");
    if (!form) return;
    form.querySelector("input[name=position]").value = row.dataset.n;
    draggedId = "";
    held = missed = false;
    form.requestSubmit();
  });

  // --- a choice that asks for more: the urgency justification belongs to extraordinary sessions only ---
  function showOptional() {
    document.querySelectorAll("[data-only-for]").forEach((part) => {
      const [name, value] = part.dataset.onlyFor.split("=");
      const control = document.querySelector("[name=" + name + "]");
      part.hidden = Boolean(control) && control.value !== value;
    });
  }
  document.addEventListener("change", showOptional);

  document.addEventListener("DOMContentLoaded", () => {
    const body = document.body;
    body.addEventListener("htmx:beforeSwap", (event) => {
      if ((held || draggedId) && event.detail.requestConfig.verb === "get" && event.detail.target.id === "session") {
        event.detail.shouldSwap = false;
        missed = true;
      }
    });
    body.addEventListener("htmx:sendError", failed);
    body.addEventListener("htmx:timeout", failed);
    body.addEventListener("htmx:afterOnLoad", heard);
    body.addEventListener("htmx:afterSettle", () => { announce(); showOptional(); showConnection(); tick(); countDown(); });
    // The stream is the first to notice a lost server; the next answer, also of the polling, says that it is back.
    body.addEventListener("live-state", (event) => { lastFailed = !event.detail.online; showConnection(); });
    window.addEventListener("online", heard);
    window.addEventListener("offline", showConnection);
    showConnection();
    showOptional();
    announce();
    tick();
    countDown();
    window.setInterval(() => { tick(); countDown(); }, 1000);
    // What a person has unfolded stays so when a live event renews the screen.
    if (window.Idiomorph) Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === "open" && node.tagName === "DETAILS");
  });
})();
