// What the pages can do beyond links and forms. Everything works without it; data- attributes switch it on.
(function () {
  "use strict";

  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const one = (selector, root) => (root || document).querySelector(selector);

  function say(text) {
    const toast = one("[data-toast]");
    if (!toast) return;
    toast.textContent = text;
    toast.classList.add("toast--shown");
    clearTimeout(say.timer);
    say.timer = setTimeout(() => toast.classList.remove("toast--shown"), 1800);
  }

  // --- times in the reader's zone; the exact UTC stays on hover -------------------------------------------
  const clock = new Intl.DateTimeFormat((document.documentElement.lang || "en").replace(/^en$/, "en-GB"), {
    day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hour12: false,
  });
  function localTimes(root) {
    all("time[data-local]", root).forEach((time) => {
      const at = new Date(time.getAttribute("datetime"));
      if (!Number.isNaN(at.getTime())) time.textContent = clock.format(at);
    });
  }

  // Whose times these are; without this script they are UTC and say so.
  function tellZone() {
    const place = one("[data-zone]");
    if (!place || !one("time[data-local]")) return;
    const zone = new Intl.DateTimeFormat("en-GB", { timeZoneName: "shortOffset" }).formatToParts(new Date())
      .find((part) => part.type === "timeZoneName").value;
    place.textContent = `${place.dataset.zone} ${clock.resolvedOptions().timeZone} (${zone}).`;
    place.hidden = false;
  }

  // --- narrow screens: each cell carries its heading, so that a row can read as a card ----------------------
  function labelCells(root) {
    all("table.queue", root).forEach((table) => {
      const headings = all("thead th", table).map((cell) =>
        one(".sr-only", cell) ? "" : cell.textContent.replace(/[↑↓]/g, "").trim());
      if (!headings.length) return;
      // A column of amounts has its heading above their last digits.
      all("thead th", table).forEach((heading, at) => {
        if (one(`tbody tr > :nth-child(${at + 1}) > .money:only-child`, table)) heading.classList.add("number");
      });
      all("tbody tr", table).forEach((row) => Array.from(row.cells).forEach((cell, at) => {
        cell.dataset.label = headings[at] || "";
      }));
      table.classList.add("queue--cards");
    });
  }

  // --- theme ------------------------------------------------------------------------------------------------
  function switchTheme() {
    const root = document.documentElement;
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch (error) {
      // The choice then lasts for this page only.
    }
  }

  // --- the menu on small screens ----------------------------------------------------------------------------
  function toggleMenu() {
    const shell = one("[data-nav-shell]");
    const open = shell.classList.toggle("shell--open");
    all("[data-nav-toggle]").forEach((button) => button.setAttribute("aria-expanded", String(open)));
    (open ? one("#side a") : one(".top__menu")).focus();
  }

  // --- copy -------------------------------------------------------------------------------------------------
  async function copy(button) {
    const text = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch (error) {
      const area = document.createElement("textarea");
      area.value = text;
      area.className = "sr-only";
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 1200);
    say(button.dataset.copied || "Copied");
  }

  // --- rows: j and k walk, Enter opens ------------------------------------------------------------------------
  function walk(step) {
    const rows = all("[data-rows] tbody tr");
    if (!rows.length) return;
    const now = rows.findIndex((row) => row.classList.contains("row--here"));
    const next = Math.min(rows.length - 1, Math.max(0, now + step));
    rows.forEach((row) => row.classList.remove("row--here"));
    rows[next].classList.add("row--here");
    rows[next].scrollIntoView({ block: "nearest" });
    const link = one("a[href]", rows[next]);
    if (link) link.focus({ preventScroll: true });
  }

  function openDialog(selector) {
    const dialog = one(selector);
    if (dialog && !dialog.open) dialog.showModal();
  }

  // What is open already is entered and not closed. What opens is entered at once: the browser tells of it only later,
  // and the words of somebody who types on would be taken for keys.
  function press(button) {
    if (button.matches("input[type=search]")) { button.focus(); button.select(); return; }
    const part = button.matches("details > summary") && button.parentElement;
    const field = () => part && part.open && one("select, textarea, input:not([type=hidden])", part);
    if (!field()) button.click();
    const first = field();
    if (first) first.focus();
  }

  const keys = {
    "?": () => openDialog("[data-keys]"),
    "/": () => {
      const field = all("[data-search]").find((each) => each.checkVisibility());
      const page = one("[data-search-page]");
      if (field) { field.focus(); field.select(); } else if (page) page.click();
    },
    j: () => walk(1),
    k: () => walk(-1),
    n: () => { const next = one("a[data-next]"); if (next) next.click(); },
    h: () => { location.href = "/"; },
    t: switchTheme,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape") {
      all("details[data-menu][open]").forEach((menu) => {
        if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
        menu.open = false;
      });
      const shell = one(".shell--open");
      if (shell) toggleMenu();
      return;
    }
    const target = event.target;
    if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
    if (one("dialog[open]")) return;
    // The same key may mean something else in a part that is not shown now.
    const own = all('[data-key="' + CSS.escape(event.key) + '"]').find((each) => each.checkVisibility());
    if (own) {
      event.preventDefault();
      press(own);
    } else if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });

  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    if (on("[data-copy]")) { event.preventDefault(); copy(on("[data-copy]")); }
    if (on("[data-theme-switch]")) switchTheme();
    if (on("[data-nav-toggle]")) toggleMenu();
    if (on("[data-keys-open]")) openDialog("[data-keys]");
    all("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  // --- forms: ask first, and never twice ------------------------------------------------------------------------
  let asked = null;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog") return;
    const question = (event.submitter && event.submitter.dataset.confirm) || form.dataset.confirm;
    if (question && asked !== form) {
      event.preventDefault();
      const submitter = event.submitter;
      one("[data-confirm-text]").textContent = question;
      const dialog = one("[data-confirm-dialog]");
      one("[data-confirm-yes]").onclick = () => { asked = form; dialog.close(); form.requestSubmit(submitter); };
      one("[data-confirm-no]").onclick = () => dialog.close();
      dialog.showModal();
      return;
    }
    asked = null;
    if (form.hasAttribute("data-once")) {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
      form.classList.add("form--sent");
    }
  });
  // Coming back by the browser's own button makes the form usable again.
  addEventListener("pageshow", () => {
    all("form[data-sent]").forEach((form) => { delete form.dataset.sent; form.classList.remove("form--sent"); });
  });

  // --- fragments that keep themselves fresh: data-refresh="/address/" data-every="5" -------------------------------
  function refresh(part) {
    const seconds = Math.max(2, Number(part.dataset.every) || 10);
    setInterval(async () => {
      if (document.hidden || part.contains(document.activeElement)) return;
      try {
        const answer = await fetch(part.dataset.refresh, { headers: { "X-Requested-With": "fetch" } });
        if (answer.ok && !answer.redirected) {
          part.innerHTML = await answer.text();
          localTimes(part);
          labelCells(part);
        }
      } catch (error) {
        // The next round tries again.
      }
    }, seconds * 1000);
  }

  // --- pages that follow what happens by itself: data-follow="5" on each part that has an id -----------------------
  const asServed = (part) => part.innerHTML.replace(/name="csrfmiddlewaretoken" value="[^"]*"/g, "");
  function inUse(part) {
    return part.contains(document.activeElement) || part.dataset.touched
      || one("details[open], form[data-sent], dialog[open]", part) || getSelection().containsNode(part, true)
      && !getSelection().isCollapsed;
  }
  function follow(parts) {
    if (!parts.length) return;
    const served = new Map(parts.map((part) => [part.id, asServed(part)]));
    parts.forEach((part) => part.addEventListener("input", () => { part.dataset.touched = "1"; }));
    setInterval(async () => {
      if (document.hidden || one("dialog[open]")) return;
      let fresh;
      try {
        const answer = await fetch(location.href, { headers: { "X-Requested-With": "fetch" } });
        if (!answer.ok || answer.redirected) return;
        fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      } catch (error) {
        return; // The next round tries again.
      }
      parts.forEach((part) => {
        const now = fresh.getElementById(part.id);
        if (!now || inUse(part) || asServed(now) === served.get(part.id)) return;
        served.set(part.id, asServed(now));
        part.innerHTML = now.innerHTML;
        localTimes(part);
        labelCells(part);
      });
    }, Math.max(2, Number(parts[0].dataset.follow) || 5) * 1000);
  }

  // What another script has put into the page.
  document.addEventListener("desk:filled", (event) => { localTimes(event.detail); labelCells(event.detail); });

  follow(all("[data-follow][id]"));
  tellZone();
  localTimes(document);
  // Where tabs are wider than the screen, the open one is seen.
  all(".tabs").forEach((nav) => {
    const open = one("[aria-current]", nav);
    if (open) nav.scrollLeft = Math.max(0, open.offsetLeft - nav.offsetLeft - 20);
  });
  labelCells(document);
  all("[data-refresh]").forEach(refresh);
})();
