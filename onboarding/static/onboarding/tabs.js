// The tabs of the workbench: what is not open is fetched when it is. Without this script each tab is a link.
(() => {
  "use strict";
  const nav = document.querySelector("[data-tabs]");
  if (!nav) return;
  const links = Array.from(nav.querySelectorAll("[data-tab]"));
  const failed = document.querySelector("[data-tab-failed]");
  const place = (link) => document.getElementById("tab-" + link.dataset.tab);
  let wanted = 0;

  // After a refusal the address is that of the act, which cannot be opened: links, and what follows, need the page's.
  const page = links[0].dataset.tabSource.replace(/tabs\/[^/]+\/$/, "");
  const here = links.find((each) => each.hasAttribute("aria-current"));
  if (location.pathname !== page) history.replaceState(history.state, "", page + new URL(here.href).search);

  function show(link) {
    links.forEach((each) => {
      if (each === link) each.setAttribute("aria-current", "page");
      else each.removeAttribute("aria-current");
      place(each).hidden = each !== link;
    });
    failed.hidden = true;
    const address = new URL(location.href);
    address.searchParams.set("tab", link.dataset.tab);
    address.searchParams.delete("before");
    history.replaceState(history.state, "", address);
    document.querySelectorAll("a[data-keep-tab], .document-tab").forEach((each) => {
      const there = new URL(each.href);
      there.searchParams.set("tab", link.dataset.tab);
      each.href = there;
    });
    document.querySelectorAll("[data-open-tab]").forEach((input) => { input.value = link.dataset.tab; });
  }

  // A link inside a tab that shows more of it.
  async function turnTo(link) {
    const address = new URL(location.href);
    const asked = new URL(link.href).searchParams;
    address.searchParams.delete("before");
    asked.forEach((value, name) => address.searchParams.set(name, value));
    history.replaceState(history.state, "", address);
    const open = links.find((each) => each.hasAttribute("aria-current"));
    await fill(open);
    open.focus();
    place(open).scrollIntoView({ block: "nearest" });
  }

  async function fill(link) {
    const part = place(link);
    // What somebody is typing stays.
    if (part.dataset.touched && part.innerHTML.trim()) return;
    const number = ++wanted;
    part.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(link.dataset.tabSource + location.search, { headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const words = await answer.text();
      if (number === wanted) {
        part.innerHTML = words;
        document.dispatchEvent(new CustomEvent("desk:filled", { detail: part }));
      }
    } catch (error) {
      if (number === wanted) failed.hidden = false;
    }
    part.removeAttribute("aria-busy");
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-tab], [data-tab-link]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    if (link.hasAttribute("data-tab")) {
      link.focus();
      // What is open already stays as it is: nothing moves under who reads on in it.
      const isOpen = link.hasAttribute("aria-current") && place(link).innerHTML.trim() && failed.hidden;
      if (isOpen && !new URL(location.href).searchParams.has("before")) return;
      show(link);
      fill(link);
    } else turnTo(link);
  });
})();
