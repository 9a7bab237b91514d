// The shell's keyboard and menus. Everything works without it.
(() => {
  const wide = matchMedia("(min-width: 60.01rem)");
  const side = document.querySelector(".sidebar-menu");
  const settle = () => { if (side && !wide.matches) side.open = false; else if (side) side.open = localStorage.getItem("menu") !== "closed"; };
  if (side) {
    settle();
    wide.addEventListener("change", settle);
    // what the person chose, not what a turned tablet did: the click comes before the menu opens or closes
    side.querySelector("summary").addEventListener("click", () => { if (wide.matches) localStorage.setItem("menu", side.open ? "closed" : "open"); });
  }
  // the bar, banners and colours anew when they changed; the menu stays as open as it is
  let soon = null, wasOpen = true;
  document.body.addEventListener("htmx:afterSwap", ({ detail }) => { if (detail.target.id === "sidebar") side.open = wasOpen; });
  document.body.addEventListener("live", ({ detail }) => {
    if (!document.getElementById("sidebar") || !(/^(shell|person):/.test(detail.topic || "") || /resumed|missed/.test(detail.name || ""))) return;
    clearTimeout(soon);
    soon = setTimeout(() => {
      wasOpen = side.open;
      htmx.ajax("GET", "/shell?at=" + encodeURIComponent(location.pathname), { target: "#sidebar", swap: "morph:outerHTML" });
    }, 100);
  });
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    const search = document.getElementById("topsearch");
    if (search && ((event.key === "/" && !typing(event.target)) || (event.key === "k" && event.ctrlKey))) {
      event.preventDefault();
      search.focus();
    }
    if (event.key === "Escape") document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  });
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  // who is signed out leaves no papers of the council on this device
  if (document.querySelector(".shell-plain") && window.caches) caches.keys().then((names) => names.filter((name) => name.startsWith("pkip-tablet-")).forEach((name) => caches.delete(name)));
  const summary = document.querySelector("[role=alert][tabindex]");
  if (summary) summary.focus();
})();
