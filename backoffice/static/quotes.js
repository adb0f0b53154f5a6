// Quotes live minutes: the page counts them down, and has Oceafin asked again where one ran out while it is open.
(function () {
  "use strict";

  const QUIET = 15000; // between two questions
  const MOST = 5; // questions of one open page
  const HELD = 2000; // how long a button stays shut when the terms above it have changed
  let asked = 0;
  let askedAt = -QUIET;
  let terms = null;

  const all = (selector) => Array.from(document.querySelectorAll(selector));

  function countDown() {
    all("[data-until]").forEach((place) => {
      const seconds = Math.ceil((new Date(place.dataset.until) - Date.now()) / 1000);
      const minutes = Math.floor(seconds / 60);
      const text = seconds > 0
        ? ` · ${minutes}:${String(seconds % 60).padStart(2, "0")}`
        : ` · ${place.dataset.over}`;
      if (place.textContent !== text) place.textContent = text;
      place.classList.toggle("quote-life__soon", seconds <= 20);
    });
  }

  async function ask(form) {
    if (document.hidden || asked >= MOST || Date.now() - askedAt < QUIET) return;
    asked += 1;
    askedAt = Date.now();
    try {
      await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Requested-With": "fetch" },
        redirect: "manual",
      });
    } catch (error) {
      // The button is still there.
    }
  }

  // What is approved never changes under a finger: the buttons beside new terms open after a moment.
  function holdButtons() {
    const card = document.querySelector("[data-terms]");
    if (!card) return;
    if (terms !== null && card.dataset.terms !== terms) {
      const buttons = Array.from(card.querySelectorAll("button[type=submit], button:not([type])"));
      buttons.forEach((button) => { button.disabled = true; });
      setTimeout(() => buttons.forEach((button) => { button.disabled = false; }), HELD);
    }
    terms = card.dataset.terms;
  }

  function tick() {
    countDown();
    all("form[data-ask]").slice(0, 1).forEach(ask);
  }

  new MutationObserver(holdButtons).observe(document.documentElement, { childList: true, subtree: true });
  holdButtons();
  tick();
  setInterval(tick, 1000);
})();
