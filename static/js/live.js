// One event stream a page, while the page is seen. An element with data-live="topic …" names what to listen to; each
// event fires `live` on the body, and partials fetch themselves. What changed between the page's making and its stream
// is told when the stream opens. While the stream is down the page asks every five seconds.
(() => {
  const asked = () => [...new Set([...document.querySelectorAll("[data-live]")].flatMap((element) => element.dataset.live.split(" ")))]
    .map((topic) => "topic=" + encodeURIComponent(topic)).join("&");
  let query = asked();
  if (!query || !window.EventSource) return;
  const stream = document.body.dataset.liveStream || "/live/stream";
  let since = document.body.dataset.madeAt;
  let polling = null;
  const tell = (detail) => document.body.dispatchEvent(new CustomEvent("live", { detail }));
  // many changes in a moment (a hall votes) are one: the first is told at once, the rest together a little later
  const skipped = (document.body.dataset.liveSkip || "").split(" ");
  let told = 0, waiting = null;
  const changed = (detail) => {
    if (waiting || skipped.includes(detail.name)) return;
    waiting = setTimeout(() => { waiting = null; told = Date.now(); tell(detail); }, Math.max(0, told + 300 - Date.now()));
  };
  const online = (yes) => {
    document.body.classList.toggle("is-offline", !yes);
    document.body.dispatchEvent(new CustomEvent("live-state", { detail: { online: yes } }));
    if (yes && polling) { clearInterval(polling); polling = null; }
    if (!yes && !polling) polling = setInterval(() => tell({ name: "poll" }), 5000);
  };
  let source = null, again = null;
  const open = () => {
    clearTimeout(again);
    source = new EventSource(stream + "?" + query + "&since=" + since);
    let opened = false;
    source.onopen = () => { online(true); if (opened) tell({ name: "resumed" }); opened = true; };
    source.onerror = () => {
      online(false);
      if (source.readyState === EventSource.CLOSED) again = setTimeout(open, 5000);
    };
    source.addEventListener("changed", (event) => changed(JSON.parse(event.data)));
  };
  const close = () => {
    if (source) source.close();
    clearTimeout(again);
    if (polling) { clearInterval(polling); polling = null; }
    source = null;
  };
  // a part that was fetched may name other things to listen to
  document.body.addEventListener("htmx:afterSettle", () => {
    const now = asked();
    if (!now || now === query) return;
    query = now;
    since = Date.now() / 1000 - 5;
    if (source) { close(); open(); }
  });
  // a tab in the background holds no stream: browsers allow six to a host, and servers only so many
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && source) { since = Date.now() / 1000 - 5; close(); }
    else if (!document.hidden && !source) { open(); }
  });
  if (!document.hidden) open();
  addEventListener("pagehide", close);
})();
