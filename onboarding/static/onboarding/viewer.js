// The document viewers: pages, size, turning and moving, by classes alone. Without this script pages are links.
(() => {
  "use strict";
  const LARGEST = 4;
  const STEP = 80;

  function viewer(frame) {
    const image = frame.querySelector("[data-image]");
    const failed = frame.querySelector("[data-failed]");
    const paper = frame.querySelector(".viewer__paper");
    const number = frame.querySelector("[data-page-number]");
    const steps = Array.from(frame.querySelectorAll("[data-step]"));
    const pages = Number(frame.dataset.pages);
    const address = (page) => frame.dataset.pattern.replace("987654", String(page));
    let page = Number(frame.dataset.page);
    let zoom = 0;
    let turn = 0;

    function show() {
      number.textContent = String(page);
      steps.forEach((button) => {
        const next = page + Number(button.dataset.step);
        button.disabled = next < 1 || next > pages;
      });
      frame.className = "viewer" + (frame.classList.contains("viewer--active") ? " viewer--active" : "")
        + (frame.classList.contains("viewer--loading") ? " viewer--loading" : "")
        + (zoom ? " viewer--zoom-" + zoom : "") + (turn ? " viewer--turn-" + turn : "");
    }

    function go(step) {
      const next = page + step;
      if (next < 1 || next > pages) return;
      page = next;
      frame.classList.add("viewer--loading");
      show();
      failed.hidden = true;
      image.hidden = false;
      image.src = address(page);
      image.alt = image.alt.replace(/\d+$/, String(page));
      paper.scrollTo(0, 0);
    }

    function larger(step) {
      zoom = Math.min(LARGEST, Math.max(0, zoom + step));
      show();
    }

    function turned() {
      turn = (turn + 1) % 4;
      show();
    }

    function cannotBeDrawn() {
      frame.classList.remove("viewer--loading");
      image.hidden = true;
      failed.hidden = false;
    }
    image.addEventListener("load", () => frame.classList.remove("viewer--loading"));
    image.addEventListener("error", cannotBeDrawn);
    if (image.complete && !image.naturalWidth) cannotBeDrawn();

    frame.addEventListener("click", (event) => {
      const on = (selector) => event.target.closest(selector);
      if (on("[data-step]")) go(Number(on("[data-step]").dataset.step));
      if (on("[data-zoom]")) larger(Number(on("[data-zoom]").dataset.zoom));
      if (on("[data-turn]")) turned();
    });
    // A page that is larger than its frame is moved like paper.
    let held = null;
    paper.addEventListener("pointerdown", (event) => {
      if (event.button || event.pointerType !== "mouse") return;
      held = { x: event.clientX + paper.scrollLeft, y: event.clientY + paper.scrollTop };
      paper.setPointerCapture(event.pointerId);
    });
    paper.addEventListener("pointermove", (event) => {
      if (held) paper.scrollTo(held.x - event.clientX, held.y - event.clientY);
    });
    ["pointerup", "pointercancel"].forEach((name) => paper.addEventListener(name, () => { held = null; }));
    image.addEventListener("dragstart", (event) => event.preventDefault());
    show();
    return { frame, paper, go, larger, turned };
  }

  const viewers = Array.from(document.querySelectorAll("[data-viewer]")).map(viewer);
  if (!viewers.length) return;
  let active = viewers[0];
  function activate(next) {
    active = next;
    viewers.forEach((each) => each.frame.classList.toggle("viewer--active", each === active));
  }
  viewers.forEach((each) => {
    each.frame.addEventListener("focusin", () => activate(each));
    each.frame.addEventListener("pointerdown", () => activate(each));
  });

  const moves = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
  const acts = {
    ArrowLeft: () => active.go(-1),
    ArrowRight: () => active.go(1),
    "+": () => active.larger(1),
    "-": () => active.larger(-1),
    o: () => active.turned(),
    v: () => { if (viewers.length > 1) viewers[(viewers.indexOf(active) + 1) % viewers.length].paper.focus(); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || document.querySelector("dialog[open]")) return;
    const act = event.shiftKey && moves[event.key] ? () => active.paper.scrollBy(...moves[event.key]) : acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }, true);
})();
