// A colour picker beside each written colour. The written one is what is saved.
(() => {
  for (const name of ["brand", "brand_text", "link", "bar"]) {
    const written = document.getElementById(name);
    if (!written) continue;
    const picker = document.createElement("input");
    picker.type = "color";
    picker.tabIndex = -1;
    picker.setAttribute("aria-hidden", "true");
    const line = document.createElement("div");
    line.className = "colour-line";
    written.before(line);
    line.append(picker, written);
    const show = () => { if (/^#[0-9a-f]{6}$/i.test(written.value)) picker.value = written.value; };
    show();
    written.addEventListener("input", show);
    picker.addEventListener("input", () => { written.value = picker.value; });
  }
})();
