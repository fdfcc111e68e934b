/* Keyboard, command palette, times, toasts and the chart's read-out. It never sends
   anything: it clicks links and buttons that are on the page, so every act keeps its own checks. */
(() => {
  "use strict";

  /* plain pages have no other script that knows the theme */
  const looks = document.documentElement.classList;
  if (!looks.contains("light") && !looks.contains("dark")) {
    let chosen = null;
    try { chosen = localStorage.getItem("theme"); } catch { /* no storage: the system decides */ }
    const isDark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
    looks.add(isDark ? "dark" : "light");
  }

  const typing = (node) => node instanceof HTMLElement && (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName));
  const modalOpen = () => document.querySelector('[role="dialog"], dialog[open]') !== null;

  /* This script stands before the page: what React has not taken over yet must stay as it was
     served, or React throws the page away and draws it anew. */
  const isAlive = (node) => node.dataset?.served === "plain" || Object.keys(node).some((key) => key.startsWith("__react"));
  const whenAlive = async (node) => {
    for (let tries = 0; tries < 100 && !isAlive(node); tries += 1) await new Promise((done) => setTimeout(done, 50));
  };

  /* Pages of plain HTML are the server's. The router knows none of them, so where it was led to one
     it stands at "no such page" without having asked. */
  const bare = (path) => path.replace(/\/+$/, "");
  const loadedAt = bare(location.pathname);
  setInterval(() => {
    if (bare(location.pathname) !== loadedAt && document.querySelector("[data-not-found]")) location.reload();
  }, 100);

  /* relative times */
  const UNITS = [[60, 1, "s"], [3600, 60, "min"], [172800, 3600, "h"], [Infinity, 86400, "d"]];
  const relative = (seconds) => {
    const distance = Math.abs(seconds);
    if (distance < 1) return "now";
    const [, unit, name] = UNITS.find(([limit]) => distance < limit);
    const text = `${Math.floor(distance / unit)} ${name}`;
    return seconds > 0 ? `${text} ago` : `in ${text}`;
  };

  /* exact times, in the zone of who looks: the server tells instants, which are the same for all */
  const clocks = new Map();
  const clockOf = (zone) => {
    if (!clocks.has(zone)) {
      const digits = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" };
      let clock = null;
      try { clock = new Intl.DateTimeFormat("en-GB", { ...digits, timeZone: zone, hourCycle: "h23", timeZoneName: "longOffset" }); }
      catch { /* a zone that this browser does not know: UTC */ }
      clocks.set(zone, clock);
    }
    return clocks.get(zone);
  };
  const exact = (at, zone) => {
    const clock = zone && zone !== "UTC" ? clockOf(zone) : null;
    if (clock === null) return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
    const part = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, value]));
    const offset = part.timeZoneName.replace("GMT", "UTC"); // tells the hour that comes twice apart
    return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}:${part.second} ${zone} (${offset})`;
  };
  const told = new WeakMap();
  const refreshTimes = () => {
    const chosen = document.querySelector("[data-zone]")?.dataset.zone ?? "";
    for (const node of document.querySelectorAll("time[datetime]")) {
      const iso = node.getAttribute("datetime");
      const at = Date.parse(iso);
      const text = node.firstChild;
      if (Number.isNaN(at) || text === null || text.nodeType !== Node.TEXT_NODE || !isAlive(node)) continue;
      const zone = "utc" in node.dataset ? "UTC" : chosen;
      const isExact = "exact" in node.dataset;
      const key = `${iso} ${zone}`;
      if (told.get(node)?.key !== key) told.set(node, { key, words: exact(at, zone) });
      const { words } = told.get(node);
      const shown = isExact ? words : relative((Date.now() - at) / 1000);
      if (text.nodeValue !== shown) text.nodeValue = shown;
      if (!isExact && node.title !== words) node.title = words;
    }
  };
  setInterval(() => { if (!document.hidden) refreshTimes(); }, 1000);

  /* toasts leave by themselves, except failures */
  const seen = new WeakSet();
  setInterval(() => {
    for (const node of document.querySelectorAll('.toast[data-expires="true"]')) {
      if (seen.has(node)) continue;
      seen.add(node);
      setTimeout(() => node.isConnected && node.querySelector("button")?.click(), 7000);
    }
  }, 500);

  /* focus returns to what opened a dialog or drawer: the server opens them, so they have no trigger
     of their own to give it back to */
  const openers = new Map();
  document.addEventListener("focusin", (event) => {
    const dialog = event.target.closest?.('[role="dialog"]');
    if (dialog && !openers.has(dialog)) openers.set(dialog, event.relatedTarget);
  });
  const returnFocus = () => {
    for (const [dialog, opener] of openers) {
      if (dialog.isConnected) continue;
      openers.delete(dialog);
      if (document.activeElement === document.body && opener?.isConnected) opener.focus({ preventScroll: true });
    }
  };
  document.addEventListener("DOMContentLoaded", () => new MutationObserver(returnFocus).observe(document.body, { childList: true }));

  /* command palette */
  const palette = () => document.getElementById("palette");
  const entries = () => [...palette().querySelectorAll("li")];
  const visible = () => entries().filter((item) => !item.hidden);
  const activate = (item) => {
    for (const other of entries()) other.firstElementChild.dataset.active = String(other === item);
    item?.scrollIntoView({ block: "nearest" });
  };
  const narrow = () => {
    const words = palette().querySelector("input").value.trim().toLowerCase();
    for (const item of entries()) item.hidden = !item.textContent.toLowerCase().includes(words);
    activate(visible()[0]);
  };
  const openPalette = () => {
    const dialog = palette();
    if (dialog === null || dialog.open) return;
    dialog.showModal();
    dialog.querySelector("input").value = "";
    narrow();
  };
  document.addEventListener("input", (event) => {
    if (event.target.closest?.("#palette")) narrow();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-opens-palette]")) openPalette();
    const dialog = palette();
    if (dialog?.open && (event.target === dialog || event.target.closest("#palette a"))) dialog.close();
  });
  const paletteKey = (event) => {
    const shown = visible();
    const at = shown.findIndex((item) => item.firstElementChild.dataset.active === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : shown.length - 1;
      activate(shown[(at + step) % shown.length]);
      event.preventDefault();
    } else if (event.key === "Enter") {
      shown[at]?.firstElementChild.click();
      event.preventDefault();
    }
  };

  /* keys: Ctrl-K palette, / search, g + letter, j and k over rows, Enter opens */
  let waiting = false;
  const moveRow = (step) => {
    const rows = [...document.querySelectorAll("tr[data-clickable]")];
    if (rows.length === 0) return;
    const at = rows.indexOf(document.activeElement);
    rows[Math.min(rows.length - 1, Math.max(0, at + step))].focus();
  };
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      openPalette();
      event.preventDefault();
      return;
    }
    if (event.target.closest?.("#palette")) return paletteKey(event);
    if (event.key === "Enter" && event.target.matches?.("tr[data-clickable]")) return event.target.click();
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || modalOpen()) return;
    if (waiting) {
      waiting = false;
      document.querySelector(`[data-go="${CSS.escape(event.key)}"]`)?.click();
    } else if (event.key === "g") {
      waiting = true;
      setTimeout(() => { waiting = false; }, 900);
    } else if (event.key === "/") {
      document.querySelector('[data-hotkey="/"]')?.focus();
      event.preventDefault();
    } else if (event.key === "j" || event.key === "k") {
      moveRow(event.key === "j" ? 1 : -1);
    }
  });

  /* plain forms: secrets go straight to their route; problems are written beside the fields */
  const showProblems = (form, problems) => {
    form.querySelectorAll(".form-problem").forEach((node) => node.remove());
    for (const input of form.querySelectorAll("[name]")) {
      const note = form.querySelector(`#${CSS.escape(input.name)}-note`);
      if (note === null) continue;
      note.dataset.hint ??= note.textContent;
      const problem = problems[input.name];
      note.textContent = problem ?? note.dataset.hint;
      note.className = problem ? "field-error" : "field-hint";
      input.setAttribute("aria-invalid", problem ? "true" : "false");
    }
    const named = [...form.querySelectorAll("[name]")].map((input) => input.name);
    const general = Object.entries(problems).filter(([name]) => name === "" || !named.includes(name));
    if (general.length > 0) {
      const box = document.createElement("div");
      box.className = "form-problem";
      box.setAttribute("role", "alert");
      box.textContent = general.map(([, text]) => text).join(" ");
      form.prepend(box);
    }
    form.querySelector('[aria-invalid="true"]')?.focus();
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset.plainForm !== "true") return;
    event.preventDefault();
    const send = form.querySelector('button[type="submit"]');
    if (send.getAttribute("aria-busy") === "true") return;
    send.setAttribute("aria-busy", "true");
    if (isAlive(form)) showProblems(form, {});
    const filled = new URLSearchParams(new FormData(form));
    const next = new URLSearchParams(location.search).get("next");
    if (filled.get("next") === "" && next) filled.set("next", next); // sent before the page's state came
    form.dataset.requestId ||= Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    if (!filled.get("request_id")) filled.set("request_id", form.dataset.requestId); // kept until it is answered
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: filled,
        headers: { accept: "application/json" },
        credentials: "same-origin",
      });
      const body = await answer.json();
      delete form.dataset.requestId;
      if (answer.ok && body.next) return window.location.assign(body.next);
      await whenAlive(form);
      showProblems(form, body.problems ?? { "": typeof body.detail === "string" ? body.detail : "Please fill in every field." });
    } catch {
      await whenAlive(form);
      showProblems(form, { "": "The server did not answer. Nothing was saved; try again." });
    }
    send.setAttribute("aria-busy", "false");
  });

  /* plain pages that wait for a chat: they look for news and load anew; a form may go by itself */
  const lookForNews = async (node) => {
    try {
      const answer = await fetch(node.dataset.awaits || location.href, { credentials: "same-origin", cache: "no-store" });
      if (!answer.ok) return;
      const isNews = node.dataset.awaits
        ? (await answer.json()).stage !== node.dataset.stage
        : !(await answer.text()).includes("data-awaits");
      if (isNews) location.reload();
    } catch { /* the next look finds it */ }
  };
  setInterval(() => {
    const node = document.querySelector("[data-awaits]");
    if (node !== null && !document.hidden) lookForNews(node);
  }, 2000);
  document.addEventListener("DOMContentLoaded", () => document.querySelector("form[data-goes-by-itself]")?.requestSubmit());

  /* chart read-out */
  const clearReadout = (plot) => plot.querySelectorAll(".chart-cross, .chart-read").forEach((node) => node.remove());
  document.addEventListener("pointermove", (event) => {
    const plot = event.target.closest?.(".chart-plot");
    for (const other of document.querySelectorAll(".chart-plot")) if (other !== plot) clearReadout(other);
    if (!plot || !plot.dataset.points) return;
    const box = plot.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const points = plot.dataset.points.split(";").map((item) => item.split("|"));
    const near = points.reduce((best, item) => Math.abs(item[0] - share) < Math.abs(best[0] - share) ? item : best);
    clearReadout(plot);
    const cross = document.createElement("div");
    cross.className = "chart-cross";
    cross.style.left = `${near[0] * 100}%`;
    const read = document.createElement("div");
    read.className = "chart-read";
    read.textContent = near[1];
    if (near[0] > 0.6) { read.style.right = `${(1 - near[0]) * 100}%`; read.style.transform = "translateX(-8px)"; }
    else read.style.left = `${near[0] * 100}%`;
    plot.append(cross, read);
  });
})();
