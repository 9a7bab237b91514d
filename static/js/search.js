// The search page: filters stand open beside the results where there is room. Everything works without it.
(() => {
  const wide = matchMedia("(min-width: 60.01rem)");
  const settle = () => document.querySelectorAll("[data-open-wide]").forEach((side) => { if (wide.matches) side.open = true; });
  settle();
  wide.addEventListener("change", () => { settle(); if (!wide.matches) document.querySelectorAll("[data-open-wide]").forEach((side) => { side.open = !!side.querySelector("[aria-current]"); }); });
  document.body.addEventListener("htmx:afterSwap", settle);
})();
