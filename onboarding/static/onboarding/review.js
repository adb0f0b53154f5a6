// The document viewer: pages, size and turning, by classes alone. Without this script pages are links.
(() => {
  "use strict";
  const more = document.querySelector("[data-more-keys]");
  const keys = document.querySelector("[data-keys] dl");
  if (more && keys) keys.prepend(more.content.cloneNode(true));

  // Opening a panel puts the cursor into its first field, also in a part of the page that came later.
  let asked = null;
  document.addEventListener("click", (event) => {
    const summary = event.target.closest("details.panel > summary");
    asked = summary && summary.parentElement;
  });
  document.addEventListener("toggle", (event) => {
    const panel = event.target;
    if (!panel.open || !panel.matches("details.panel")) return;
    // Somebody writes in it already.
    if (panel.querySelector(":scope > :not(summary):focus-within")) return;
    const first = panel.querySelector("select, textarea, input:not([type=hidden])");
    if (first && (panel === asked || panel.querySelector("[data-refused]"))) first.focus();
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const panel = document.activeElement && document.activeElement.closest("details.panel[open]");
    if (panel) {
      panel.open = false;
      panel.querySelector("summary").focus();
    }
  });

  const here = document.querySelector(".document-tab[aria-current]");
  if (here) here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.offsetLeft - 40;
})();
