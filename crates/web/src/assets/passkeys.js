// Passkeys: signing in, confirming that it is oneself, adding one. The browser does the work; this carries it.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function readable(options) {
  const key = options.publicKey || options;
  key.challenge = bytes(key.challenge);
  if (key.user) key.user.id = bytes(key.user.id);
  for (const list of ["allowCredentials", "excludeCredentials"])
    (key[list] || []).forEach((credential) => (credential.id = bytes(credential.id)));
  return { publicKey: key };
}
function writable(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (credential.response[name]) response[name] = text(credential.response[name]);
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  const extensions = credential.getClientExtensionResults();
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response, extensions };
}

async function ask(path, form, body) {
  const token = form.elements._csrf ? form.elements._csrf.value : "";
  const sent = new URLSearchParams({ ...body, _csrf: token });
  const answer = await fetch(path, { method: "POST", body: sent, headers: { accept: "application/json" } });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.detail || told.title || "The passkey could not be used.");
  return told;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-passkey]");
  if (!button) return;
  const form = button.form;
  const doing = button.dataset.passkey;
  const fields = form.elements.mfa_token ? { mfa_token: form.elements.mfa_token.value } : {};
  try {
    const begun = await ask(`/passkeys/${doing}`, form, fields);
    const options = readable(begun.options);
    const made = doing === "register" ? await navigator.credentials.create(options) : await navigator.credentials.get(options);
    const own = doing === "step-up" ? "_" : "";
    form.elements[`${own}challenge`].value = begun.challenge;
    form.elements[`${own}credential`].value = JSON.stringify(writable(made));
    form.noValidate = true;
    form.removeAttribute("data-check");
    if (button.dataset.action) form.action = button.dataset.action;
    form.requestSubmit();
  } catch (error) {
    const alert = document.createElement("div");
    alert.className = "alert bad";
    alert.setAttribute("role", "alert");
    alert.textContent = error.name === "NotAllowedError" ? "The passkey was not used." : error.message;
    form.prepend(alert);
  }
});
