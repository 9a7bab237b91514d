// The drawing board: bpmn-js with only the shapes a flow may hold, and our own panel of properties.
const form = document.getElementById("flow-form");
const config = JSON.parse(form.dataset.config);
const words = config.words;
const source = form.querySelector("textarea[name=xml]");
const panel = form.querySelector("[data-panel]");

// our attributes, so that bpmn-js keeps and writes them
const own = (name, ...attributes) => ({ name: `Of${name}`, extends: [`bpmn:${name}`], properties: attributes.map((one) => ({ name: one, isAttr: true, type: "String" })) });
const PKIP = {
  name: "PKIP",
  uri: "urn:pkip:flow:1",
  prefix: "pkip",
  xml: { tagAlias: "lowerCase" },
  types: [
    own("Task", "who", "term", "outcomes", "help", "kind", "person", "role", "unit", "act", "body"),
    own("CatchEvent", "wait", "until", "turn"),
  ],
};

const PALETTE_OUT = ["create.subprocess-expanded", "create.data-object", "create.data-store", "create.participant-expanded", "create.group"];
const KINDS_IN = /^(replace-with-(user-task|service-task|call-activity|exclusive-gateway|parallel-gateway|inclusive-gateway|none-start|none-end|terminate-end|timer-intermediate-catch|timer-boundary|non-interrupting-timer-boundary|default-flow|sequence-flow))$/;

function only(keep) {
  return (entries) => Object.fromEntries(Object.entries(entries).filter(([name]) => keep(name)));
}

const limits = {
  __init__: ["flowLimits"],
  flowLimits: ["type", ["palette", "popupMenu", function (palette, popupMenu) {
    palette.registerProvider(500, { getPaletteEntries: () => only((name) => !PALETTE_OUT.includes(name)) });
    popupMenu.registerProvider("bpmn-replace", 500, { getPopupMenuEntries: () => only((name) => KINDS_IN.test(name)) });
  }]],
  // these draw their pictures with style attributes, which our pages do not allow
  alignElementsContextPadProvider: ["value", null],
  alignElementsMenuProvider: ["value", null],
  distributeElementsMenuProvider: ["value", null],
  translate: ["value", (text, values) => (config.drawing[text] || text).replace(/{([^}]+)}/g, (_all, name) => (values || {})[name] ?? name)],
};

const modeler = new window.BpmnJS({
  container: form.querySelector("[data-board]"),
  moddleExtensions: { pkip: PKIP },
  additionalModules: [limits],
});
const modeling = modeler.get("modeling");
const registry = modeler.get("elementRegistry");

// --- the panel --------------------------------------------------------------------------------------------------------

function labelled(text, control, id) {
  const box = document.createElement("div");
  const label = document.createElement("label");
  box.className = "mb-3";
  label.className = control.type === "checkbox" ? "form-check-label" : "form-label";
  label.textContent = text;
  label.htmlFor = control.id = `flow-${id}`;
  if (control.type === "checkbox") {
    box.className = "mb-3 form-check";
    control.className = "form-check-input";
    box.append(control, label);
  } else {
    control.className = control.tagName === "SELECT" ? "form-select" : "form-control";
    box.append(label, control);
  }
  return box;
}

function text(label, id, value, keep, rows) {
  const control = document.createElement(rows ? "textarea" : "input");
  if (rows) control.rows = rows;
  control.value = value || "";
  // at each letter: kept only when the field is left, the change would swallow the click that left it
  control.addEventListener("input", () => keep(control.value.trim()));
  return labelled(label, control, id);
}

function number(label, id, value, keep) {
  const box = text(label, id, value, keep);
  Object.assign(box.querySelector("input"), { type: "number", min: "0", max: "3650" });
  return box;
}

function options(control, choices, value) {
  control.append(new Option(`– ${words.choose} –`, ""));
  for (const [key, name] of choices) {
    if (Array.isArray(name)) {
      const group = document.createElement("optgroup");
      group.label = key;
      for (const [inner, innerName] of name) group.append(new Option(innerName, inner));
      control.append(group);
    } else control.append(new Option(name, key));
  }
  if (value && ![...control.options].some((one) => one.value === value)) control.append(new Option(value, value));
  control.value = value || "";
}

function choice(label, id, choices, value, keep) {
  const control = document.createElement("select");
  options(control, choices, value);
  control.addEventListener("change", () => keep(control.value));
  return labelled(label, control, id);
}

function attribute(element, name) {
  return (value) => modeling.updateProperties(element, { [name]: value || undefined });
}

function get(element, name) {
  return element.businessObject.get(name);
}

function stepFields(element) {
  const who = choice(words.who, "who", config.who, get(element, "pkip:who"), attribute(element, "pkip:who"));
  const term = number(words.term, "term", get(element, "pkip:term"), attribute(element, "pkip:term"));
  return [who, term];
}

function taskFields(element) {
  const answers = (get(element, "pkip:outcomes") || "").split("|").join("\n");
  const keep = (value) => attribute(element, "pkip:outcomes")(value.split("\n").map((one) => one.trim()).filter(Boolean).join("|"));
  return [
    ...stepFields(element),
    text(words.outcomes, "outcomes", answers, keep, 3),
    text(words.help, "help", get(element, "pkip:help"), attribute(element, "pkip:help"), 2),
  ];
}

function actFields(element) {
  return [
    choice(words.act, "act", config.acts, get(element, "pkip:act"), attribute(element, "pkip:act")),
    ...stepFields(element),
    choice(words.body, "body", config.bodies, get(element, "pkip:body"), attribute(element, "pkip:body")),
  ];
}

function timerFields(element) {
  const dates = config.fields.filter(([name]) => name.endsWith("_on"));
  return [
    number(words.wait, "wait", get(element, "pkip:wait"), attribute(element, "pkip:wait")),
    choice(words.until, "until", dates, get(element, "pkip:until"), attribute(element, "pkip:until")),
  ];
}

function steps() {
  return registry.filter((one) => is(one, "bpmn:Task")).map((one) => [one.id, one.businessObject.name || one.id]);
}

function wayFields(element) {
  const before = element.source.businessObject;
  if (!before || !/(Exclusive|Inclusive)Gateway$/.test(before.$type)) return [];
  const now = element.businessObject.conditionExpression;
  const keep = (value) => modeling.updateProperties(element, {
    conditionExpression: value ? modeler.get("moddle").create("bpmn:FormalExpression", { body: value }) : undefined,
  });
  const condition = text(words.condition, "condition", now && now.body, keep, 3);
  const area = condition.querySelector("textarea");

  const make = document.createElement("div");
  make.className = "flow-make";
  const field = document.createElement("select");
  options(field, [...config.fields, ...steps()], "");
  const compare = document.createElement("select");
  for (const sign of ["==", "!=", ">", ">=", "<", "<="]) compare.append(new Option(sign, sign));
  const value = document.createElement("input");
  make.append(labelled(words.field, field, "field"), labelled(words.is, compare, "compare"), labelled(words.value, value, "value"));
  const put = document.createElement("button");
  put.type = "button";
  put.className = "btn btn-sm mb-3";
  put.textContent = words.make;
  put.addEventListener("click", () => {
    if (!field.value) return;
    const plain = value.value.trim();
    const right = /^-?\d+([.,]\d+)?$/.test(plain) ? plain.replace(",", ".") : `'${plain.replace(/['\\]/g, "’")}'`;
    area.value = [area.value.trim(), `${field.value} ${compare.value} ${right}`].filter(Boolean).join(" and ");
    keep(area.value);
  });

  const otherwise = document.createElement("input");
  otherwise.type = "checkbox";
  otherwise.checked = before.default === element.businessObject;
  otherwise.addEventListener("change", () => {
    modeling.updateProperties(element.source, { default: otherwise.checked ? element.businessObject : undefined });
  });
  return [condition, make, put, labelled(words.default, otherwise, "default")];
}

function is(element, type) {
  return Boolean(element.businessObject) && element.businessObject.$instanceOf(type);
}

function timed(element) {
  return (element.businessObject.eventDefinitions || []).some((one) => one.$type === "bpmn:TimerEventDefinition");
}

function fieldsOf(element) {
  if (is(element, "bpmn:SequenceFlow")) return [words.way, wayFields(element)];
  if (is(element, "bpmn:ServiceTask")) return [words.service, actFields(element)];
  if (is(element, "bpmn:CallActivity")) return [words.call, [choice(words.calls, "calls", config.flows, get(element, "calledElement"), attribute(element, "calledElement"))]];
  if (is(element, "bpmn:Task")) return [words.step, taskFields(element)];
  if (is(element, "bpmn:CatchEvent") && timed(element)) return [words.timer, timerFields(element)];
  if (is(element, "bpmn:Gateway")) return [words.gateway, []];
  if (is(element, "bpmn:Process")) return [words.flow, []];
  return is(element, "bpmn:Event") ? [words.event, []] : [null, []];
}

let shown = null;

function showPanel(element) {
  shown = element;
  panel.replaceChildren();
  const [title, fields] = element ? fieldsOf(element.labelTarget || element) : [null, []];
  if (!title) {
    const hint = document.createElement("p");
    hint.textContent = words.nothing;
    panel.append(hint);
    return;
  }
  const target = element.labelTarget || element;
  const heading = document.createElement("h3");
  heading.textContent = title;
  panel.append(heading, text(words.name, "name", target.businessObject.name, attribute(target, "name")), ...fields);
}

modeler.on("selection.changed", ({ newSelection }) => {
  showPanel(newSelection.length === 1 ? newSelection[0] : newSelection.length ? null : modeler.get("canvas").getRootElement());
});
modeler.on("element.changed", ({ element }) => {
  if (shown && element === shown && !panel.contains(document.activeElement)) showPanel(shown);
});

// --- reading and writing ----------------------------------------------------------------------------------------------

function complain(error) {
  const said = document.createElement("p");
  said.className = "alert alert-danger";
  said.setAttribute("role", "alert");
  said.textContent = `${words.broken} ${error.message}`;
  form.prepend(said);
}

async function keepSource() {
  if (panel.contains(document.activeElement)) document.activeElement.blur();
  source.value = (await modeler.saveXML({ format: true })).xml;
}

// before the browser sends the form: the model is written into it, which takes a moment
form.addEventListener("click", (event) => {
  const button = event.target.closest("button:not([type=button])");
  if (!button || !form.contains(button) || panel.contains(button) || form.dataset.ready !== "yes") return;
  event.preventDefault();
  form.dataset.ready = "no";
  keepSource().then(() => {
    button.click();
    if (!form.checkValidity()) form.dataset.ready = "yes";
  }, (error) => { // nothing is sent that is not what the board shows
    form.dataset.ready = "yes";
    complain(error);
  });
});

form.querySelector("[data-editor]").hidden = false;
modeler.importXML(source.value).then(() => {
  form.querySelector("[data-source]").hidden = true;
  const canvas = modeler.get("canvas");
  canvas.zoom("fit-viewport", "auto");
  canvas.zoom(Math.min(canvas.zoom() * 0.85, 1), "auto");
  canvas.scroll({ dx: 50, dy: 0 }); // out from under the palette
  for (const line of document.querySelectorAll("[data-element]")) {
    if (registry.get(line.dataset.element)) canvas.addMarker(line.dataset.element, "is-flow-wrong");
  }
  showPanel(canvas.getRootElement());
  form.dataset.ready = "yes";
}, (error) => {
  form.querySelector("[data-editor]").hidden = true;
  complain(error);
});
