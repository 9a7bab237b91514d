// Diagrams to look at: bpmn-js draws the model, our marks say in words where it stands. The same stands beside it as a list.
const Viewer = window.BpmnJS;

async function show(place) {
  const viewer = new Viewer({ container: place });
  try {
    await viewer.importXML(place.dataset.xml);
  } catch (error) {
    place.textContent = `${place.dataset.broken} ${error.message}`;
    place.classList.add("is-plain");
    return;
  }
  const canvas = viewer.get("canvas");
  const overlays = viewer.get("overlays");
  const known = viewer.get("elementRegistry");
  for (const [step, state] of Object.entries(JSON.parse(place.dataset.marks || "{}"))) {
    if (!known.get(step)) continue;
    canvas.addMarker(step, `is-flow-${state}`);
    const mark = document.createElement("span");
    mark.className = `flow-mark flow-mark-${state}`;
    mark.textContent = { current: place.dataset.now, done: place.dataset.done, problem: place.dataset.problem }[state];
    overlays.add(step, { position: { top: -12, left: 4 }, html: mark });
  }
  new ResizeObserver(() => {
    if (!place.clientWidth || !place.clientHeight) return; // not laid out: there is nothing to fit into
    canvas.resized();
    canvas.zoom("fit-viewport", "auto");
    if (canvas.zoom() > 1) canvas.zoom(1, "auto");
  }).observe(place);
  place.dataset.shown = "yes";
}

for (const place of document.querySelectorAll("[data-flow-diagram]")) show(place);
