// One event stream a page. An element with data-live="topic" names what to listen to; each event fires `live` on the
// body, and partials fetch themselves. What changed between the page's making and its stream is told when the stream opens. While the stream is down the page asks every five seconds.
(() => {
  const topics = [...document.querySelectorAll("[data-live]")].map((element) => element.dataset.live);
  if (!topics.length || !window.EventSource) return;
  const query = topics.map((topic) => "topic=" + encodeURIComponent(topic)).join("&") + "&since=" + document.body.dataset.madeAt;
  let polling = null;
  const tell = (detail) => document.body.dispatchEvent(new CustomEvent("live", { detail }));
  const online = (yes) => {
    document.body.classList.toggle("is-offline", !yes);
    document.body.dispatchEvent(new CustomEvent("live-state", { detail: { online: yes } }));
    if (yes && polling) { clearInterval(polling); polling = null; }
    if (!yes && !polling) polling = setInterval(() => tell({ name: "poll" }), 5000);
  };
  let source = null;
  const open = () => {
    source = new EventSource("/live/stream?" + query);
    let opened = false;
    source.onopen = () => { online(true); if (opened) tell({ name: "resumed" }); opened = true; };
    source.onerror = () => {
      online(false);
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 5000);
    };
    source.addEventListener("changed", (event) => tell(JSON.parse(event.data)));
  };
  open();
  addEventListener("pagehide", () => source && source.close());
})();
