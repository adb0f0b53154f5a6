// The tabs of a customer's page: what is opened is fetched into place. Without this script each tab is a link.
(() => {
  "use strict";
  const nav = document.querySelector("[data-customer-tabs]");
  if (!nav) return;
  const part = document.querySelector("[data-customer-tab]");
  const failed = document.querySelector("[data-tab-failed]");
  const links = Array.from(nav.querySelectorAll("[data-tab]"));
  const more = document.querySelector("[data-more-keys]");
  const keys = document.querySelector("[data-keys] dl");
  if (more && keys) keys.prepend(more.content.cloneNode(true));
  let wanted = 0;

  function mark(link) {
    links.forEach((each) => {
      if (each === link) each.setAttribute("aria-current", "page");
      else each.removeAttribute("aria-current");
    });
    link.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  async function open(address, link) {
    const number = ++wanted;
    const fetched = new URL(address);
    fetched.searchParams.set("part", "1");
    part.setAttribute("aria-busy", "true");
    failed.hidden = true;
    if (link) mark(link);
    try {
      const answer = await fetch(fetched, { headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const words = await answer.text();
      if (number !== wanted) return;
      part.innerHTML = words;
      history.replaceState(history.state, "", address);
      document.dispatchEvent(new CustomEvent("desk:filled", { detail: part }));
    } catch (error) {
      if (number === wanted) failed.hidden = false;
    }
    if (number === wanted) part.removeAttribute("aria-busy");
  }

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const link = event.target.closest("[data-customer-tabs] [data-tab], [data-tab-link], [data-tab-also]");
    if (!link) return;
    event.preventDefault();
    if (link.hasAttribute("data-tab-link")) {
      const here = links.find((each) => each.hasAttribute("aria-current"));
      open(new URL(link.getAttribute("href"), here.href), null).then(() => {
        here.focus();
        part.scrollIntoView({ block: "nearest" });
      });
      return;
    }
    const tab = link.dataset.tab ? link : links.find((each) => each.dataset.tab === link.dataset.tabAlso);
    tab.focus();
    open(new URL(tab.href), tab);
  });

  // [ and ]: the tab before and the next one.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key !== "[" && event.key !== "]") return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || document.querySelector("dialog[open]")) return;
    const here = links.findIndex((each) => each.hasAttribute("aria-current"));
    const next = links[here + (event.key === "]" ? 1 : -1)];
    if (next) { event.preventDefault(); next.click(); }
  });
})();
