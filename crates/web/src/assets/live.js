// What changes without a whole new page: lists that are sorted, filtered and paged, and what the server tells as it happens.

async function swap(url, keep) {
  const main = document.getElementById("main");
  main.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { headers: { accept: "text/html" }, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("main");
    if (!answer.ok || answer.redirected || !fresh) throw new Error("a whole page is wanted");
    main.replaceChildren(...fresh.childNodes);
    document.title = page.title;
    if (!keep) history.pushState(null, "", url);
    begin(main);
  } catch {
    location.assign(url);
  } finally {
    main.removeAttribute("aria-busy");
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-swap]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  swap(link.href);
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-swap]")) return;
  event.preventDefault();
  swap(`${form.getAttribute("action") || location.pathname}?${new URLSearchParams(new FormData(form))}`);
});
addEventListener("popstate", () => swap(location.href, true));

// A part of a page that the server keeps current.
function follow(part) {
  const source = new EventSource(part.dataset.stream);
  const state = document.getElementById(part.dataset.state);
  const say = (text) => state && (state.textContent = text);
  source.onopen = () => say("Live");
  source.onmessage = (event) => {
    const open = all("details[id][open]", part).map((details) => details.id);
    part.innerHTML = event.data;
    open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  };
  source.onerror = () => say("Connecting …");
}
addEventListener("DOMContentLoaded", () => all("[data-stream]").forEach(follow));
