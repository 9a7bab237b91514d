// From hit to hit in a document: F3 and Shift+F3, Enter in the box when what is typed was found already, the buttons.
// Without it the hits are links.
(() => {
  const part = () => document.getElementById("inside");
  const hits = () => [...part().querySelectorAll("[data-hit]")];
  const current = () => hits().findIndex((one) => one.classList.contains("is-current"));
  const at = (number) => {
    const all = hits();
    if (!all.length) return;
    const place = (number + all.length) % all.length, hit = all[place];
    all.forEach((one) => { one.classList.remove("is-current"); one.removeAttribute("aria-current"); });
    hit.classList.add("is-current");
    hit.setAttribute("aria-current", "true");
    hit.scrollIntoView({ block: "nearest" });
    const frame = document.querySelector("iframe.viewer-frame");
    if (frame && hit.target === "viewer" && frame.src !== hit.href) frame.src = hit.href;
    const told = part().querySelector("[data-inside-at]");
    if (told) told.textContent = `${place + 1} ${told.dataset.of} `;
  };
  const settle = () => {
    if (!part()) return;
    part().querySelectorAll("[data-inside]").forEach((button) => { button.hidden = false; });
    if (hits().length && current() < 0) at(0);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-inside]"), hit = event.target.closest("#inside a[data-hit]");
    if (button) at(current() + Number(button.dataset.inside));
    else if (hit && hit.target === "viewer") { event.preventDefault(); at(hits().indexOf(hit)); }
  });
  document.addEventListener("keydown", (event) => {
    if (!part() || !hits().length) return;
    const box = document.getElementById("find");
    const again = event.key === "Enter" && event.target === box && box.value === box.defaultValue;
    if (event.key !== "F3" && !again) return;
    event.preventDefault();
    at(current() + (event.shiftKey ? -1 : 1));
  });
  document.body.addEventListener("htmx:afterSettle", settle);
  settle();
})();
