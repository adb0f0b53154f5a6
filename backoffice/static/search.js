// The search field: what is typed is answered below it. Without this script Enter opens the page of what was found.
(() => {
  "use strict";
  const wait = 180;

  function serve(form) {
    const field = form.querySelector("[data-search]");
    const panel = document.createElement("div");
    panel.className = "found-panel";
    panel.hidden = true;
    panel.setAttribute("role", "region");
    panel.setAttribute("aria-label", field.getAttribute("aria-label") || field.placeholder);
    const said = document.createElement("p");
    said.className = "sr-only";
    said.setAttribute("role", "status");
    form.append(panel, said);
    let timer = 0;
    let asking = null;
    let answered = "";

    const links = () => Array.from(panel.querySelectorAll("a[data-found]"));
    function close() {
      clearTimeout(timer);
      if (asking) asking.abort();
      panel.hidden = true;
      answered = "";
    }

    async function ask() {
      const text = field.value.trim();
      if (text === answered && !panel.hidden) return;
      // One plain letter begins too much; one of another script can be a whole name.
      if (!text || (text.length < 2 && text.charCodeAt(0) < 128)) { close(); return; }
      if (asking) asking.abort();
      asking = new AbortController();
      const address = new URL(form.action || location.href, location.href);
      address.search = new URLSearchParams({ q: text, part: "1" });
      try {
        const answer = await fetch(address, { headers: { "X-Requested-With": "fetch" }, signal: asking.signal });
        if (!answer.ok || answer.redirected) return;
        panel.innerHTML = await answer.text();
        answered = text;
        const heard = panel.querySelector("[data-said]");
        said.textContent = heard ? heard.dataset.said : "";
        panel.hidden = document.activeElement !== field;
        document.dispatchEvent(new CustomEvent("desk:filled", { detail: panel }));
      } catch (error) {
        // Typed on meanwhile, or nothing came: Enter still opens the page.
      }
    }

    field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, wait); });
    form.addEventListener("submit", close);
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        if (panel.hidden) { field.blur(); return; }
        event.preventDefault();
        close();
        field.focus();
        return;
      }
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      if (panel.hidden) return;
      event.preventDefault();
      const rows = [field, ...links()];
      const here = rows.indexOf(document.activeElement);
      const next = rows[Math.min(rows.length - 1, Math.max(0, here + (event.key === "ArrowDown" ? 1 : -1)))];
      next.focus();
    });
    form.addEventListener("focusout", (event) => {
      if (!form.contains(event.relatedTarget) && event.relatedTarget) close();
    });
    document.addEventListener("click", (event) => { if (!form.contains(event.target)) close(); });
  }

  document.querySelectorAll("[data-search-form]").forEach(serve);

  // On the page of what was found: up and down walk the rows, from the field too.
  const page = document.querySelector("[data-found-page]");
  if (!page) return;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    const rows = [document.querySelector("[data-search]"), ...page.querySelectorAll("a[data-found]")];
    const here = rows.indexOf(document.activeElement);
    if (here < 0) return;
    event.preventDefault();
    rows[Math.min(rows.length - 1, Math.max(0, here + (event.key === "ArrowDown" ? 1 : -1)))].focus();
  });
})();
