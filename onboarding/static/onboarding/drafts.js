// Forms that keep what is typed on the server, so that an ended session or a closed page loses no word.
(() => {
  "use strict";
  const WAIT = 700;
  const state = new WeakMap();
  const forms = (root) => Array.from((root || document).querySelectorAll("form[data-draft]"));
  const first = forms()[0];
  if (!first) return;
  const all = first.dataset.draftUrl.replace(/[^/]+\/$/, "");
  const words = document.querySelector("[data-draft-words]").dataset;
  const of = (form) => {
    if (!state.has(form)) state.set(form, { timer: 0, dirty: false });
    return state.get(form);
  };
  const isText = (field) => field.name && /^(textarea|text|date|datetime-local|select-one|checkbox)$/.test(field.type);

  function typed(form) {
    const data = new FormData();
    Array.from(form.elements).filter(isText).forEach((field) => {
      if (field.type === "checkbox") {
        if (field.checked !== field.defaultChecked) data.set("field." + field.name, field.checked ? field.value : "");
      } else if (field.type === "select-one") {
        const served = Array.from(field.options).find((each) => each.defaultSelected);
        if (field.value !== (served ? served.value : "")) data.set("field." + field.name, field.value);
      } else if (field.value !== field.defaultValue || form.dataset.refused) data.set("field." + field.name, field.value);
    });
    const revision = form.elements.revision || {};
    data.set("revision", revision.value || form.dataset.draftAs || "0");
    return data;
  }

  function tell(form, text, isBad) {
    let line = form.querySelector("[data-draft-state]");
    if (!line) {
      line = document.createElement("p");
      line.dataset.draftState = "";
      line.className = "quiet";
      line.setAttribute("role", "status");
      form.append(line);
    }
    line.textContent = text;
    line.hidden = !text;
    line.classList.toggle("draft-state--bad", Boolean(isBad));
  }

  // Whoever signed in again in another tab has another token.
  async function renew() {
    const answer = await fetch(all, { headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok || answer.redirected) return null;
    const told = await answer.json();
    document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((input) => { input.value = told.token; });
    return told.drafts;
  }

  async function post(form) {
    const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value, "X-Requested-With": "fetch" };
    const answer = await fetch(form.dataset.draftUrl, { method: "POST", body: typed(form), headers, keepalive: true });
    return answer.status;
  }

  async function save(form) {
    const kept = of(form);
    clearTimeout(kept.timer);
    kept.dirty = false;
    try {
      let status = await post(form);
      if (status !== 204 && status !== 409 && await renew()) status = await post(form);
      if (status === 204) {
        tell(form, words.kept);
        return true;
      }
      kept.dirty = true;
      tell(form, status === 409 ? words.long : words.ended, true);
      return status === 409;
    } catch (error) {
      kept.dirty = true;
      tell(form, words.away, true);
      return false;
    }
  }

  function restore(form, draft) {
    let any = false;
    Object.entries(draft.fields).forEach(([name, value]) => {
      const field = form.elements.namedItem(name);
      if (!field || !isText(field)) return;
      if (field.type === "checkbox") field.checked = Boolean(value);
      else if (field.value !== value) field.value = value;
      any = true;
      for (let closed = field.closest("details:not([open])"); closed; closed = field.closest("details:not([open])")) {
        closed.open = true;
      }
    });
    if (!any) return;
    const part = form.closest("[data-follow]");
    if (part) part.dataset.touched = "1";
    // A correction is compared with what it was typed over; a decision is made over what the page shows now.
    if (form.dataset.draft === "edit" && draft.revision) form.elements.revision.value = String(draft.revision);
    tell(form, words.restored);
  }

  async function restoreAll(root) {
    const here = forms(root).filter((form) => !form.dataset.refused);
    if (!here.length) return;
    let drafts = null;
    try {
      drafts = await renew();
    } catch (error) {
      return; // Without them the page works as it is.
    }
    here.forEach((form) => {
      const draft = drafts && drafts[form.dataset.draft];
      if (draft && !of(form).dirty) restore(form, draft);
    });
  }

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-draft]");
    if (!form) return;
    const kept = of(form);
    kept.dirty = true;
    clearTimeout(kept.timer);
    kept.timer = setTimeout(() => save(form), WAIT);
  });

  // What was typed is kept before it is sent: if the session has ended, the page stays as it is and says so.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-draft]");
    if (!form || !of(form).dirty) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = event.submitter;
    save(form).then((isKept) => {
      if (!isKept) return;
      of(form).dirty = false;
      form.requestSubmit(submitter);
    });
  }, true);

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) forms().filter((form) => of(form).dirty).forEach(save);
  });
  document.addEventListener("desk:filled", (event) => restoreAll(event.detail));
  restoreAll(document);
})();
