// A page whose only purpose is to carry a form on: it goes by itself, after a wait in ms where one is given. The button is
// for browsers without scripts.
const form = document.querySelector("form[data-at-once]");
if (form) setTimeout(() => form.requestSubmit(), Number(form.dataset.atOnce) || 0);
