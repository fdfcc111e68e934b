"use strict";
// Sends control requests and keeps the parts of the page fresh; a part is replaced only when it
// has changed, so nothing flickers and the keyboard's focus stays where it was.
(() => {
  const every = 2000;
  const shown = {};
  const toast = document.getElementById("toast");
  let fading = 0;

  function say(message, bad) {
    toast.textContent = message;
    toast.className = bad ? "bad shown" : "shown";
    clearTimeout(fading);
    fading = setTimeout(() => { toast.className = ""; }, 6000);
  }

  function replace(name, markup) {
    if (shown[name] === markup) return;
    shown[name] = markup;
    const part = document.querySelector(`[data-part="${name}"]`);
    if (!part) return;
    const held = part.contains(document.activeElement) ? document.activeElement : null;
    const key = held && [held.dataset.path, held.dataset.body, held.textContent];
    const left = part.querySelector(".scroll") ? part.querySelector(".scroll").scrollLeft : 0;
    part.innerHTML = markup;
    if (part.querySelector(".scroll")) part.querySelector(".scroll").scrollLeft = left;
    if (!key) return;
    const same = [...part.querySelectorAll("button, a")];
    const again = same.find((b) => b.dataset.path === key[0] && b.dataset.body === key[1])
      || same.find((b) => b.textContent === key[2]) || same[0];
    if (again) again.focus({ preventScroll: true });
  }

  async function refresh() {
    try {
      const answer = await fetch("/_paper/page/parts", { cache: "no-store" });
      const parts = await answer.json();
      for (const [name, markup] of Object.entries(parts)) replace(name, markup);
      document.body.classList.remove("lost");
    } catch {
      document.body.classList.add("lost");
    }
  }

  async function send(method, path, body) {
    try {
      const answer = await fetch(path, {
        method,
        headers: { "Content-Type": "application/json", "X-Paper-Control": "1" },
        body: method === "DELETE" ? undefined : body,
      });
      const found = await answer.json();
      if (!answer.ok) say(`Not done. ${found.error}`, true);
      else if (found.fault && found.fault.fired) say(`Done: ${found.fault.kind}.`);
      else if (found.fault) say(`Planned: ${found.fault.kind} (${found.fault.id}).`);
      else say("Done.");
      await refresh();
      return answer.ok;
    } catch {
      say("The exchange does not answer.", true);
      return false;
    }
  }

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-send]");
    if (pressed) send(pressed.dataset.send, pressed.dataset.path, pressed.dataset.body);
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.dataset.form) return;
    event.preventDefault();
    const body = {};
    for (const [name, value] of new FormData(form)) {
      if (value === "" || name === "parameters") continue;
      const field = form.elements[name];
      body[name] = field.type === "number" ? Number(value) : value;
    }
    if (form.elements.parameters) {
      try {
        Object.assign(body, JSON.parse(form.elements.parameters.value || "{}"));
      } catch {
        say("The parameters are not valid JSON.", true);
        form.elements.parameters.focus();
        return;
      }
    }
    if (await send("POST", form.dataset.form, JSON.stringify(body)) && !form.elements.kind) {
      form.reset();
    }
  });

  const kind = document.querySelector('select[name="kind"]');
  function explain() {
    const chosen = kind.selectedOptions[0];
    kind.form.elements.parameters.value = chosen.dataset.example;
    kind.form.querySelector("p[data-meaning]").textContent = chosen.dataset.meaning;
  }
  kind.addEventListener("change", explain);
  explain();

  document.querySelector("[data-origin]").textContent = location.origin;
  setInterval(() => { if (!document.hidden) refresh(); }, every);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
})();
