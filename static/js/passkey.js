// Passkeys: asks the server for a challenge and the device for its answer, and sends that as a plain form.
(() => {
  if (!window.PublicKeyCredential || !window.isSecureContext) return;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const ask = async (kind, options) => {
    options.challenge = bytes(options.challenge);
    if (kind === "create") {
      options.user.id = bytes(options.user.id);
      options.excludeCredentials = named(options.excludeCredentials);
      return navigator.credentials.create({ publicKey: options });
    }
    options.allowCredentials = named(options.allowCredentials);
    return navigator.credentials.get({ publicKey: options });
  };

  const told = (made) => {
    const response = { clientDataJSON: text(made.response.clientDataJSON) };
    for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[part]) response[part] = text(made.response[part]);
    }
    if (made.response.getTransports) response.transports = made.response.getTransports();
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: made.getClientExtensionResults(), authenticatorAttachment: made.authenticatorAttachment });
  };

  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    const button = form.querySelector("button"), fault = form.querySelector("[role=alert]");
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      fault.classList.remove("d-block");
      try {
        const body = new FormData();
        body.set("csrf_token", form.elements.csrf_token.value);
        const answer = await fetch(form.dataset.options, { method: "POST", body });
        if (!(answer.headers.get("Content-Type") || "").startsWith("application/json")) {
          location.assign(answer.redirected ? answer.url : location.href);  // asked to confirm or to sign in first
          return;
        }
        form.elements.credential.value = told(await ask(form.dataset.passkey, await answer.json()));
        HTMLFormElement.prototype.submit.call(form);
      } catch (error) {
        fault.textContent = form.dataset.failed;
        fault.classList.add("d-block");
        button.disabled = false;
      }
    });
  });
  document.querySelectorAll(".passkey-missing").forEach((note) => { note.hidden = true; });
})();
