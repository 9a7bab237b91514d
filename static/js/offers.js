// What the header's search box offers while one types: arrows choose, Enter opens, Escape closes. Without it the box
// is a plain form.
(() => {
  const box = document.getElementById("topsearch"), list = document.getElementById("offers");
  if (!box || !list) return;
  const options = () => [...list.querySelectorAll("[role=option]")];
  const chosen = () => list.querySelector("[aria-selected=true]");
  const choose = (option) => {
    options().forEach((one) => one.setAttribute("aria-selected", String(one === option)));
    if (option) { box.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); } else box.removeAttribute("aria-activedescendant");
  };
  const show = (open) => { list.hidden = !open; box.setAttribute("aria-expanded", String(open)); if (!open) choose(null); };
  list.addEventListener("htmx:afterSwap", () => show(options().length > 0 && document.activeElement === box && box.value.trim() !== ""));
  box.addEventListener("input", () => { if (!box.value.trim()) { list.replaceChildren(); show(false); } });
  box.addEventListener("focus", () => show(options().length > 0));
  box.addEventListener("blur", () => show(false));
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus until the click is done
  list.addEventListener("click", (event) => { const option = event.target.closest("[data-href]"); if (option) location.assign(option.dataset.href); });
  box.addEventListener("keydown", (event) => {
    const all = options(), at = all.indexOf(chosen());
    if (event.key === "Escape" && !list.hidden) show(false);
    else if (list.hidden || !all.length) return;
    else if (event.key === "ArrowDown") choose(all[(at + 1) % all.length]);
    else if (event.key === "ArrowUp") choose(at < 0 ? all[all.length - 1] : at ? all[at - 1] : null);
    else if (event.key === "Enter" && at >= 0) location.assign(all[at].dataset.href);
    else return;
    event.preventDefault();
  });
})();
