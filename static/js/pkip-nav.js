// <pkip-nav>: the portal's bar in any other web application. One script tag from the portal, no framework:
//   <script src="https://portal.example.lv/nav/pkip-nav.js" defer></script> <pkip-nav></pkip-nav>
// The portal answers registered origins only; in any other page the element stays empty. It knows the person by the
// portal's cookie, or by an access token: `element.token = "…"`. Events: pkip-ready, pkip-sign-out (can be cancelled).
(() => {
  const portal = new URL(document.currentScript.src).origin;
  const SVG = "http://www.w3.org/2000/svg";
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
:host { display: block; container-type: inline-size; font: 16px/1.4 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: #1b2733; text-align: left; position: relative; z-index: 1000; }
:host([hidden]) { display: none; }
* { box-sizing: border-box; }
.bar { display: flex; gap: 8px; align-items: center; min-height: 56px; padding: 6px 16px; background: var(--brand); color: var(--text); }
.bar a, button { color: inherit; font: inherit; }
:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
.panel :focus-visible { outline-color: #b45309; }
.brand { display: flex; gap: 8px; align-items: center; min-height: 44px; font-weight: 600; text-decoration: none; white-space: nowrap; }
.brand:hover { text-decoration: underline; }
.brand img { height: 32px; max-width: 96px; object-fit: contain; }
.brand img.own { background: #fff; padding: 2px; border-radius: 4px; }
.item { position: relative; flex: none; }
.open, .go { display: inline-flex; gap: 6px; align-items: center; min-height: 44px; min-width: 44px; justify-content: center; padding: 0 8px; border: 0; border-radius: 4px; background: none; cursor: pointer; text-decoration: none; }
.open:hover, .go:hover { text-decoration: underline; }
svg { width: 22px; height: 22px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
.count { min-width: 26px; padding: 1px 6px; border-radius: 13px; background: var(--text); color: var(--brand); font-size: 13px; font-weight: 600; text-align: center; }
.panel .count { margin-left: auto; background: #1b2733; color: #fff; }
.note { padding: 0 6px; border: 1px solid; border-radius: 4px; font-size: 12px; }
.panel { position: absolute; top: calc(100% + 4px); left: 0; width: max-content; min-width: 240px; max-width: min(360px, 92cqw); max-height: 75vh; overflow: auto; padding: 6px; background: #fff; color: #1b2733; border: 1px solid #d5dce3; border-radius: 6px; box-shadow: 0 6px 20px rgb(0 0 0 / .18); }
.end .panel { left: auto; right: 0; }
.panel[hidden] { display: none; }
.panel ul { list-style: none; margin: 0; padding: 0; }
.panel a, .panel button { display: flex; gap: 10px; align-items: center; width: 100%; min-height: 44px; padding: 4px 12px; border: 0; border-radius: 4px; background: none; color: #1b2733; text-align: left; text-decoration: none; cursor: pointer; }
.panel a:hover, .panel button:hover { background: #eef1f4; }
.panel a[aria-current] { font-weight: 600; box-shadow: inset 3px 0 var(--brand); }
.panel p { margin: 8px 12px; }
.task { display: block; overflow-wrap: anywhere; }
.task small { display: block; color: #4d5b69; }
.task small.late { color: #7f1d1d; font-weight: 600; }
form { flex: 1; max-width: 480px; margin: 0; }
input { width: 100%; min-height: 44px; padding: 0 12px; border: 1px solid #8795a3; border-radius: 4px; background: #fff; color: #1b2733; font: inherit; }
.push { margin-left: auto; }
.narrow { display: none; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.banner { display: flex; gap: 8px; padding: 8px 16px; border-bottom: 1px solid; }
.banner p { margin: 0; overflow-wrap: anywhere; }
.info { color: #173f6b; background: #e8f0fa; border-color: #a9c4e4; }
.warning { color: #4a3500; background: #fff4d6; border-color: #e5c56b; }
.urgent { color: #7f1d1d; background: #fdecec; border-color: #eba7a7; }
@container (max-width: 60rem) { .word { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); } }
@container (max-width: 40rem) { .bar { padding: 6px 8px; gap: 2px; } .brand span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); } form { display: none; } .narrow { display: inline-flex; } .panel { position: fixed; top: auto; left: 8px; right: 8px; width: auto; max-width: none; } .end .panel { left: 8px; right: 8px; } }
@media print { :host { display: none; } }`);

  // an element with attributes (functions listen) and children; text is always text
  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (typeof value === "function") element.addEventListener(key, value);
      else if (value === true) element.setAttribute(key, "");
      else if (value !== false && value != null) element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child != null && child !== ""));
    return element;
  };
  const picture = (shapes) => {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    for (const [name, attributes] of shapes) {
      const shape = document.createElementNS(SVG, name);
      for (const key in attributes) shape.setAttribute(key, attributes[key]);
      svg.append(shape);
    }
    return svg;
  };
  // addresses come from the portal, yet nothing but the web is followed
  const web = (address) => (/^https?:/.test(address) ? address : "#");

  class PkipNav extends HTMLElement {
    #root = this.attachShadow({ mode: "open" });
    #token = null; #shown = ""; #source = null; #timer = null; #soon = null; #data = null;

    connectedCallback() {
      this.#root.adoptedStyleSheets = [sheet];
      document.addEventListener("visibilitychange", this.#seen);
      document.addEventListener("click", this.#outside);
      this.refresh();
    }

    disconnectedCallback() {
      document.removeEventListener("visibilitychange", this.#seen);
      document.removeEventListener("click", this.#outside);
      this.#quiet();
    }

    set token(value) {
      this.#token = value || null;
      if (this.isConnected) this.refresh();
    }

    get token() { return this.#token; }

    #ask(address, method = "GET") {
      const headers = this.#token ? { Authorization: "Bearer " + this.#token } : {};
      return fetch(address, { method, headers, credentials: this.#token ? "omit" : "include", cache: "no-store" });
    }

    async refresh() {
      clearTimeout(this.#timer);
      try {
        const language = this.lang || document.documentElement.lang || "";
        const answer = await this.#ask(portal + "/nav/bar?lang=" + encodeURIComponent(language.slice(0, 2)));
        if (!answer.ok) throw new Error(answer.status);
        const data = await answer.json();
        this.#data = data;
        // what would look the same is left alone, so that an open panel or a half typed word stays
        const { madeAt, ...rest } = data;
        const now = JSON.stringify(rest);
        if (now !== this.#shown) { this.#shown = now; this.#draw(data); }
        this.#listen(data);
      } catch {
        // refused, or the portal does not answer: a bar that was shown stays, an empty one stays empty
        this.#quiet();
      }
      if (this.#data && !document.hidden) this.#timer = setTimeout(() => this.refresh(), this.#source ? 300000 : 60000);
    }

    #listen(data) {
      if (this.#source || this.#token || !data.stream || document.hidden) return;
      const source = this.#source = new EventSource(data.stream + "?since=" + data.madeAt, { withCredentials: true });
      source.addEventListener("changed", () => { clearTimeout(this.#soon); this.#soon = setTimeout(() => this.refresh(), 150); });
      source.onerror = () => { if (source.readyState === EventSource.CLOSED) this.#quiet(); };
    }

    #quiet() {
      this.#source?.close();
      this.#source = null;
      clearTimeout(this.#timer);
    }

    #seen = () => { if (document.hidden) this.#quiet(); else this.refresh(); };
    #outside = (event) => { if (!event.composedPath().includes(this)) this.#close(); };

    #close(except) {
      for (const button of this.#root.querySelectorAll("[aria-expanded=true]")) {
        if (button !== except) { button.setAttribute("aria-expanded", "false"); button.nextElementSibling.hidden = true; }
      }
    }

    #panel(id, className, label, inside, ...content) {
      const button = make("button", {
        class: "open", type: "button", id, "aria-expanded": "false", "aria-controls": id + "-panel", "aria-label": label,
        click: () => {
          this.#close(button);
          const open = button.getAttribute("aria-expanded") !== "true";
          button.setAttribute("aria-expanded", String(open));
          button.nextElementSibling.hidden = !open;
        },
      }, ...inside);
      return make("div", {
        class: "item " + className,
        keydown: (event) => { if (event.key === "Escape") { this.#close(); button.focus(); } },
        focusout: (event) => { if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) this.#close(); },
      }, button, make("div", { class: "panel", id: id + "-panel", hidden: true }, ...content));
    }

    #draw(data) {
      const { words, icons, colours } = data;
      const held = this.#root.activeElement?.id;
      const opened = [...this.#root.querySelectorAll("[aria-expanded=true]")].map((button) => button.id);
      this.style.setProperty("--brand", colours.brand);
      this.style.setProperty("--text", colours.brand_text);
      const bar = make("section", { class: "bar", "aria-label": data.name },
        make("a", { class: "brand", href: web(data.home) },
          make("img", { src: web(data.logo), alt: "", class: /\/nav\/logo\//.test(data.logo) ? "own" : "" }), make("span", {}, data.name)));
      if (!data.person) {
        bar.append(make("a", { class: "go push", href: web(data.signIn) }, picture(icons.login), words.signIn));
      } else {
        const here = location.href;
        bar.append(this.#panel("menu", "", words.menu, [picture(icons["menu-2"]), make("span", { class: "word" }, words.menu)],
          make("nav", { "aria-label": words.bar }, make("ul", {}, ...data.items.map((item) => make("li", {},
            make("a", { href: web(item.href), "aria-current": item.href !== "" && here.startsWith(item.href) ? "true" : null },
              picture(item.icon), make("span", {}, item.label), item.note && make("span", { class: "note" }, item.note),
              item.count ? make("span", { class: "count" }, String(item.count)) : null)))))));
        if (data.search) {
          bar.append(make("form", { role: "search", action: web(data.search), method: "get" },
            make("input", { type: "search", name: "q", id: "q", "aria-label": words.search, placeholder: words.search, autocomplete: "off" })),
          make("a", { class: "go narrow push", href: web(data.search), "aria-label": words.search }, picture(icons.search)));
        }
        const { work } = data;
        bar.append(this.#panel("work", "end push", words.work + ": " + work.work,
          [picture(icons.bell), make("span", { class: "count" }, String(work.work))],
          ...(work.work ? [] : [make("p", {}, words.nothing)]),
          make("ul", {}, ...work.tasks.map((task) => make("li", {}, make("a", { href: web(task.href) }, make("span", { class: "task" }, task.title,
            make("small", { class: task.late ? "late" : "" }, [task.kind, task.due, task.late ? words.late : ""].filter(Boolean).join(" · "))))))),
          make("a", { href: web(work.href) }, words.all)));
        bar.append(this.#panel("person", "end", data.person, [picture(icons["user-circle"]), make("span", { class: "word" }, data.person)],
          make("p", {}, data.person), make("a", { href: web(data.profile) }, words.profile),
          make("button", { type: "button", click: () => this.#signOut(data) }, words.signOut)));
      }
      const typed = this.#root.querySelector("#q")?.value;
      this.#root.replaceChildren(bar, ...data.banners.map((banner) =>
        make("aside", { class: "banner " + banner.level, "aria-label": banner.words }, make("p", {}, make("strong", {}, banner.words + ": "), banner.text))));
      if (typed) this.#root.querySelector("#q").value = typed;
      for (const id of opened) this.#root.getElementById(id)?.click();
      if (held) this.#root.getElementById(held)?.focus();
      this.dispatchEvent(new CustomEvent("pkip-ready", { detail: { person: data.person } }));
    }

    async #signOut(data) {
      // the application may have a session of its own to end first
      if (!this.dispatchEvent(new CustomEvent("pkip-sign-out", { cancelable: true }))) return;
      const answer = await this.#ask(data.signOut, "POST");
      if (answer.ok) location.assign(web((await answer.json()).location));
    }
  }
  if (!customElements.get("pkip-nav")) customElements.define("pkip-nav", PkipNav);
})();
