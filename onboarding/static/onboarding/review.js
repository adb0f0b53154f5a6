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

  const viewer = document.querySelector("[data-viewer]");
  if (!viewer) return;
  const image = viewer.querySelector("[data-image]");
  const failed = viewer.querySelector("[data-failed]");
  const number = viewer.querySelector("[data-page-number]");
  const steps = Array.from(viewer.querySelectorAll("[data-step]"));
  const pages = Number(viewer.dataset.pages);
  const LARGEST = 4;
  let page = Number(viewer.dataset.page);
  let zoom = 0;
  let turn = 0;

  function show() {
    number.textContent = String(page);
    steps.forEach((button) => {
      const next = page + Number(button.dataset.step);
      button.disabled = next < 1 || next > pages;
    });
    viewer.className = "viewer" + (zoom ? " viewer--zoom-" + zoom : "") + (turn ? " viewer--turn-" + turn : "");
  }

  function go(step) {
    const next = page + step;
    if (next < 1 || next > pages) return;
    page = next;
    show();
    viewer.classList.add("viewer--loading");
    failed.hidden = true;
    image.hidden = false;
    image.src = viewer.dataset.pattern.replace("987654", String(page));
    image.alt = image.alt.replace(/\d+$/, String(page));
    viewer.querySelector(".viewer__paper").scrollTo(0, 0);
  }

  image.addEventListener("load", () => viewer.classList.remove("viewer--loading"));
  function cannotBeDrawn() {
    viewer.classList.remove("viewer--loading");
    image.hidden = true;
    failed.hidden = false;
  }
  image.addEventListener("error", cannotBeDrawn);
  if (image.complete && !image.naturalWidth) cannotBeDrawn();

  viewer.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    if (on("[data-step]")) go(Number(on("[data-step]").dataset.step));
    if (on("[data-zoom]")) zoom = Math.min(LARGEST, Math.max(0, zoom + Number(on("[data-zoom]").dataset.zoom)));
    if (on("[data-turn]")) turn = (turn + 1) % 4;
    if (on("[data-zoom]") || on("[data-turn]")) show();
  });
  show();
})();
