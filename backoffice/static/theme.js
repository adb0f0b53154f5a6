// Runs before the first paint, so that a chosen theme does not flash.
(function () {
  "use strict";
  try {
    var chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") {
      document.documentElement.dataset.theme = chosen;
    }
  } catch (error) {
    // Without storage the page follows the system.
  }
})();
