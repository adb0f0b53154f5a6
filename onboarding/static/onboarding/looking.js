// Tells that this page is open, and shows who else has it open. Without it the page only says less.
(() => {
  "use strict";
  const place = document.querySelector("[data-looking]");
  const token = document.querySelector("input[name=csrfmiddlewaretoken]");
  if (!place || !token) return;
  const headers = { "X-CSRFToken": token.value, "X-Requested-With": "fetch" };

  async function tell() {
    if (document.hidden) return;
    try {
      const answer = await fetch(place.dataset.looking, { method: "POST", headers });
      if (!answer.ok || answer.redirected) return;
      const words = (await answer.text()).trim();
      // Said aloud only when it changes.
      if (words !== place.dataset.words) {
        place.dataset.words = words;
        place.innerHTML = words;
      }
    } catch (error) {
      // The next round tries again.
    }
  }

  tell();
  setInterval(tell, 15000);
  document.addEventListener("visibilitychange", tell);
})();
