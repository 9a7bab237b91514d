// Lists by keyboard (j, k; Enter opens because the link has the focus; x ticks), and the count of what is ticked.
(function () {
  "use strict";

  function rows() {
    return Array.from(document.querySelectorAll("[data-row]"));
  }

  function selected() {
    return document.querySelector("[data-row].is-selected");
  }

  function move(step) {
    var all = rows();
    if (!all.length) return;
    var now = all.indexOf(selected());
    var next = now < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(now + step, 0), all.length - 1);
    if (now >= 0) all[now].classList.remove("is-selected");
    all[next].classList.add("is-selected");
    var link = all[next].querySelector("a");
    link.focus();
    link.scrollIntoView({ block: "nearest" });
  }

  function boxOf(row) {
    return row && row.querySelector("input[type=checkbox][name=task]");
  }

  function tell() {
    var boxes = Array.from(document.querySelectorAll("input[type=checkbox][name=task]"));
    var ticked = boxes.filter(function (box) { return box.checked; }).length;
    document.querySelectorAll("[data-pick-count]").forEach(function (line) {
      line.textContent = line.dataset.some + " " + ticked;
    });
    document.querySelectorAll("[data-pick-bar]").forEach(function (bar) { bar.hidden = !ticked; });
    var all = document.querySelector("[data-pick-all]");
    if (all) {
      all.closest("label").hidden = !boxes.length;
      all.checked = boxes.length > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    }
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    var target = event.target;
    if (target.closest("textarea, select, [contenteditable], input:not([type=checkbox])")) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "x" && boxOf(selected())) {
      boxOf(selected()).checked = !boxOf(selected()).checked;
      tell();
    } else return;
    event.preventDefault();
  });

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-pick-all]")) {
      document.querySelectorAll("input[type=checkbox][name=task]").forEach(function (box) { box.checked = event.target.checked; });
    }
    tell();
  });

  // a list that is drawn anew keeps what was ticked and where one stood
  var kept = { ticked: [], link: "" };

  document.addEventListener("htmx:beforeSwap", function () {
    var row = selected();
    kept.link = row ? row.querySelector("a").getAttribute("href") : "";
    kept.ticked = Array.from(document.querySelectorAll("input[name=task]:checked")).map(function (box) { return box.value; });
  });

  document.addEventListener("htmx:afterSwap", function () {
    document.querySelectorAll("input[type=checkbox][name=task]").forEach(function (box) {
      if (kept.ticked.indexOf(box.value) >= 0) box.checked = true;
    });
    rows().forEach(function (row) {
      var link = row.querySelector("a");
      if (kept.link && link && link.getAttribute("href") === kept.link) row.classList.add("is-selected");
    });
    tell();
  });

  tell();
})();
