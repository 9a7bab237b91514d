// The registry by keyboard (j, k, x, p; Enter opens because the link has the focus), its preview and selection, and
// dropping files onto a form.
(function () {
  "use strict";

  function typing(target) {
    return target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
  }

  function move(step) {
    var rows = Array.from(document.querySelectorAll("[data-row]"));
    if (!rows.length) return;
    var now = rows.findIndex(function (row) { return row.classList.contains("is-selected"); });
    var next = now < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(now + step, 0), rows.length - 1);
    if (now >= 0) rows[now].classList.remove("is-selected");
    rows[next].classList.add("is-selected");
    var link = rows[next].querySelector("a");
    link.focus();
    link.scrollIntoView({ block: "nearest" });
    soon(rows[next]);
  }

  // the preview follows the selection, once it has rested for a moment
  var waiting = null;
  function soon(row) {
    clearTimeout(waiting);
    if (!document.querySelector(".has-preview")) return;
    waiting = setTimeout(function () {
      window.htmx.ajax("GET", "/documents/" + row.dataset.row + "/preview", { target: "#preview", swap: "innerHTML" });
    }, 250);
  }

  function selected() {
    return document.querySelector("[data-row].is-selected");
  }

  function togglePreview(force) {
    var frame = document.querySelector("[data-registry]"), button = document.querySelector("[data-preview-toggle]");
    if (!frame || !button) return;
    var on = frame.classList.toggle("has-preview", force);
    button.setAttribute("aria-pressed", String(on));
    try { localStorage.setItem("pkip-preview", on ? "1" : ""); } catch (error) { /* remembering is a kindness only */ }
    // opened by hand it shows a document at once; remembered, it waits for a choice: a look at a document is on record
    var row = selected() || (force === undefined ? document.querySelector("[data-row]") : null);
    if (on && row) { row.classList.add("is-selected"); soon(row); }
  }

  function prepare() {
    var button = document.querySelector("[data-preview-toggle]"), frame = document.querySelector("[data-registry]");
    if (button && frame) {
      button.hidden = false;
      button.setAttribute("aria-pressed", String(frame.classList.contains("has-preview")));
    }
    count();
  }

  function count() {
    var said = document.querySelector("[data-selected-count]");
    if (said) said.textContent = said.dataset.word + " " + document.querySelectorAll("[name=ids]:checked").length;
  }

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-preview-toggle]")) { togglePreview(); return; }
    var row = event.target.closest("[data-row]");
    if (!row || event.target.closest("a, input, button, label")) return;
    var before = selected();
    if (before) before.classList.remove("is-selected");
    row.classList.add("is-selected");
    soon(row);
  });
  document.addEventListener("change", function (event) { if (event.target.name === "ids") count(); });
  document.addEventListener("htmx:afterSettle", prepare);
  document.addEventListener("DOMContentLoaded", function () {
    prepare();
    try { if (localStorage.getItem("pkip-preview")) togglePreview(true); } catch (error) { /* as above */ }
  });

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "p" && document.querySelector("[data-preview-toggle]")) togglePreview();
    else if (event.key === "x" && selected()) {
      var box = selected().querySelector("[name=ids]");
      if (!box) return;
      box.checked = !box.checked;
      count();
    } else return;
    event.preventDefault();
  });

  function zoneOf(event) {
    return event.target instanceof Element ? event.target.closest("[data-drop]") : null;
  }

  function carriesFiles(event) {
    return event.dataTransfer && Array.from(event.dataTransfer.types).indexOf("Files") >= 0;
  }

  document.addEventListener("dragover", function (event) {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    document.querySelectorAll("[data-drop]").forEach(function (zone) { zone.classList.add("is-over"); });
  });

  document.addEventListener("dragleave", function (event) {
    if (event.relatedTarget === null) over();
  });

  function over() {
    document.querySelectorAll("[data-drop]").forEach(function (zone) { zone.classList.remove("is-over"); });
  }

  // a file dropped anywhere on the page goes to its form: dropping beside it must not replace the page
  document.addEventListener("drop", function (event) {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    over();
    var zone = zoneOf(event) || document.querySelector("[data-drop]");
    if (!zone) return;
    var input = zone.querySelector("input[type=file]");
    var all = new DataTransfer();
    Array.from(input.files).concat(Array.from(event.dataTransfer.files)).forEach(function (file) { all.items.add(file); });
    input.files = all.files;
    taken(input);
  });

  // files that the server would turn away unread are named before they are sent, so that nothing typed is lost
  function check(input) {
    var limit = Number(input.dataset.max);
    var total = Array.from(input.files).reduce(function (sum, file) { return sum + file.size; }, 0);
    var line = input.closest("[data-drop]").querySelector("[data-drop-error]");
    var wrong = limit && total > limit;
    line.textContent = wrong ? input.dataset.tooLarge : "";
    input.setCustomValidity(wrong ? input.dataset.tooLarge : "");
    return !wrong;
  }

  // a form that can read its files ahead does so at once
  function taken(input) {
    var now = input.closest("[data-drop]").querySelector("[data-read-now]");
    if (check(input) && now && input.files.length) now.click();
  }

  // each picture of the camera is one more page, behind those that were chosen before
  document.addEventListener("change", function (event) {
    var camera = event.target;
    if (!camera.matches("input[data-camera]")) return;
    var pages = document.getElementById(camera.dataset.camera);
    var all = new DataTransfer();
    Array.from(pages.files).concat(Array.from(camera.files)).forEach(function (file) { all.items.add(file); });
    pages.files = all.files;
    camera.value = "";
    check(pages);
    var count = document.querySelector("[data-camera-count]");
    count.textContent = count.dataset.words + pages.files.length;
  });

  document.addEventListener("htmx:xhr:progress", function (event) {
    var bar = document.querySelector("[data-upload-progress]");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.value = Math.round(100 * event.detail.loaded / event.detail.total);
  });

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-drop] input[type=file]")) taken(event.target);
  });

  document.addEventListener("submit", function (event) {
    var input = event.target.querySelector("[data-drop] input[type=file], input[type=file][data-max]");
    if (input && !check(input)) {
      event.preventDefault();
      input.focus();
    }
  });
})();
