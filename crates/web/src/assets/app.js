// What makes pages quicker to use. Everything works without it.
"use strict";
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// Dark or light: what the system says, until somebody chooses.
(() => {
  const root = document.documentElement;
  const chosen = localStorage.getItem("florin-theme");
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    localStorage.setItem("florin-theme", root.dataset.theme);
  });
})();

// What is wrong is read out first.
function begin(root = document) {
  const problem = root.querySelector("[data-focus]");
  if (problem) problem.focus();
  all("[data-theme-switch], [data-passkey], [data-copy]", root).forEach((button) => {
    if (!button.dataset.passkey || window.PublicKeyCredential) button.hidden = false;
  });
  const search = new URLSearchParams(location.search).has("cursor");
  if (search && root !== document) root.focus();
}

// A field tells what is wrong with it as soon as it is left, in the place where the server would.
function check(field) {
  const fault = document.getElementById(`${field.id}-error`);
  if (!fault || !field.willValidate) return true;
  const good = field.checkValidity();
  if (good) field.removeAttribute("aria-invalid");
  else field.setAttribute("aria-invalid", "true");
  fault.textContent = good ? "" : field.validationMessage;
  fault.hidden = good;
  const ids = new Set((field.getAttribute("aria-describedby") || "").split(" ").filter(Boolean));
  if (good) ids.delete(fault.id);
  else ids.add(fault.id);
  if (ids.size) field.setAttribute("aria-describedby", [...ids].join(" "));
  else field.removeAttribute("aria-describedby");
  return good;
}
document.addEventListener("focusout", (event) => {
  const field = event.target;
  // Whoever presses the button next would press beside it, were a line to come or go above it; sending checks it anyhow.
  if (event.relatedTarget && event.relatedTarget.type === "submit") return;
  if (field.form && field.form.matches("[data-check]") && field.value) check(field);
});

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-check]") && !(event.submitter && event.submitter.formNoValidate)) {
    const wrong = [...form.elements].filter((field) => field.id && !check(field));
    if (wrong.length) {
      event.preventDefault();
      wrong[0].focus();
      return;
    }
  }
  if (form.method === "get") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
});
// A page that comes back from the browser's memory can be sent again.
addEventListener("pageshow", () => {
  all("form[data-sent]").forEach((form) => delete form.dataset.sent);
  all("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
});

// Text for the clipboard.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
  button.textContent = "Copied";
});

// Whoever was away for long is told before the sign-in ends, and when it has.
(() => {
  const idle = Number(document.body.dataset.idle);
  if (!idle) return;
  const notice = document.createElement("div");
  notice.className = "alert note";
  notice.setAttribute("role", "alert");
  notice.hidden = true;
  const say = (text, href, label) => {
    notice.replaceChildren(Object.assign(document.createElement("p"), { textContent: text }));
    notice.append(Object.assign(document.createElement("a"), { className: "button", href, textContent: label }));
    document.querySelector("main").prepend(notice);
    notice.hidden = false;
  };
  const here = location.pathname + location.search;
  setTimeout(() => say("You will be signed out in two minutes.", here, "Stay signed in"), Math.max(idle - 120, 30) * 1000);
  setTimeout(() => say("You were signed out, because nothing was done for long.", `/login?next=${encodeURIComponent(here)}`, "Sign in"), idle * 1000);
})();

addEventListener("DOMContentLoaded", () => begin());
