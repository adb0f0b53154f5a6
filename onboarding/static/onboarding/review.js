// The document viewer: pages, size and turning, by classes alone. Without this script pages are links.
(() => {
  "use strict";
  const more = document.querySelector("[data-more-keys]");
  const keys = document.querySelector("[data-keys] dl");
  if (more && keys) keys.append(more.content.cloneNode(true));

  // Opening a panel puts the cursor into its first field.
  document.querySelectorAll("details.panel").forEach((panel) => {
    panel.addEventListener("toggle", () => {
      const first = panel.open && panel.querySelector("select, textarea");
      if (first) first.focus();
    });
  });
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
