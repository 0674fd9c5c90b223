// What happens in the browser: uploads, live states, boxes and fields that light each other, keys, changes by REST.
// Nothing here writes HTML: names from documents are set as text.
(function () {
  "use strict";
  const root = () => document.getElementById("desk");
  const prefix = () => (root() ? root().dataset.prefix : "/invoices/");
  const api = (path) => prefix() + "api/v1/" + path;
  const words = () => JSON.parse((root() && root().dataset.words) || "{}");
  const say = (word) => words()[word] || word;
  const $ = (selector, within) => (within || document).querySelector(selector);
  const $$ = (selector, within) => Array.from((within || document).querySelectorAll(selector));

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function toast(text, bad) {
    const place = document.getElementById("toasts");
    if (!place) return;
    const made = element("div", bad ? "toast bad" : "toast", text);
    place.appendChild(made);
    setTimeout(() => made.remove(), bad ? 9000 : 3500);
  }

  // ---- theme and language
  function applyTheme(theme) {
    document.documentElement.dataset.theme = theme;
    document.documentElement.dataset.agThemeMode = theme;
  }
  applyTheme(localStorage.getItem("desk-theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));

  function go(search, pathname) {
    const props = { search: search };
    if (pathname !== undefined) props.pathname = pathname;
    window.dash_clientside.set_props("url", props);
  }

  // ---- uploads
  const AT_ONCE = 3;
  const waiting = [];
  let sending = 0;

  function take(files) {
    const list = document.getElementById("sending");
    if (!list) return;
    for (const file of files) {
      const row = element("li");
      const link = element("a", "file");
      link.appendChild(element("strong", "", file.name));
      link.appendChild(element("span", "said", (file.size / 1048576).toFixed(1) + " MB"));
      const state = element("span", "badge sending", say("s_sending"));
      const bar = element("div", "bar-of-progress");
      bar.appendChild(element("i"));
      row.append(link, element("span"), element("span"), state, bar);
      list.prepend(row);
      waiting.push({ file, row, link, state, bar });
    }
    work();
  }

  function work() {
    while (sending < AT_ONCE && waiting.length) {
      sending += 1;
      send(waiting.shift());
    }
  }

  function send(job) {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("files", job.file, job.file.name);
    request.open("POST", api("invoices"));
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) job.bar.firstChild.style.width = (100 * event.loaded) / event.total + "%";
    };
    request.onloadend = () => {
      if (request.status === 429) {
        setTimeout(() => send(job), 1000 * (Number(request.getResponseHeader("Retry-After")) || 2));
        return;
      }
      sending -= 1;
      job.bar.remove();
      finish(job, request);
      work();
    };
    request.send(form);
  }

  function finish(job, request) {
    let body = {};
    try { body = JSON.parse(request.responseText); } catch (error) { body = {}; }
    if (request.status === 200 || request.status === 202) {
      job.link.href = prefix() + "review?id=" + body.id;
      job.state.dataset.document = body.id;
      setState(job.state, request.status === 202 ? "received" : "known");
      if (request.status === 200) refresh(job.state);
      return;
    }
    setState(job.state, "refused");
    const why = element("p", "why", (body.detail || request.statusText || "no answer") + " ");
    why.appendChild(element("b", "", body.remedy || ""));
    job.row.appendChild(why);
  }

  function setState(badge, state) {
    badge.className = "badge " + state;
    badge.textContent = say("s_" + state);
  }

  async function refresh(badge) {
    const answer = await fetch(api("invoices/" + badge.dataset.document));
    if (!answer.ok) return;
    const body = await answer.json();
    setState(badge, body.state);
    if (body.reason) badge.title = body.reason;
  }

  // ---- live states
  let source = null;
  function listen() {
    if (source || !$("[data-document]")) return;
    source = new EventSource(api("events"));
    const apply = (event) => {
      const body = JSON.parse(event.data);
      for (const badge of $$(`[data-document="${CSS.escape(body.id)}"]`)) {
        setState(badge, body.state === "accepted" && body.stage === "gold" ? "gold" : body.state);
        if (body.state === "quarantined" || body.state === "needs_review") refresh(badge);
      }
    };
    source.addEventListener("processing_status", apply);
    source.addEventListener("invoice_updated", apply);
    source.addEventListener("reset", () => $$("[data-document]").forEach(refresh));
    // events that passed while the line was down
    source.addEventListener("open", () => $$(".badge.received[data-document], .badge.read[data-document]").forEach(refresh));
  }

  // ---- review
  const review = () => document.getElementById("review");

  function light(path) {
    $$(".lit").forEach((lit) => lit.classList.remove("lit"));
    if (!path) return;
    const name = path.slice(path.indexOf(".") + 1);
    $$(`[data-box="${CSS.escape(path)}"]`).forEach((box) => {
      box.classList.add("lit");
      box.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
    $$(`.field[data-path="${CSS.escape(path)}"]`).forEach((field) => field.classList.add("lit"));
    $$(".checks [data-fields]").forEach((check) => {
      if (JSON.parse(check.dataset.fields).includes(name)) check.classList.add("lit");
    });
  }

  function setInput(input, value) {
    // Dash's inputs are React's: tell it as a keystroke would
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, value);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // as people write it -> as the API has it; what is neither stays, and is refused with its reason
  const DOUBTFUL = /^\d{1,3}[.,]\d{3}$/; // a thousand or a fraction: with a comma it is left for the person to settle
  function normal(kind, text) {
    const plain = text.trim();
    if (kind === "date") {
      const found = plain.match(/^(\d{1,2})[.\/-](\d{1,2})[.\/-](\d{4})\.?$/);
      return found ? found[3] + "-" + found[2].padStart(2, "0") + "-" + found[1].padStart(2, "0") : plain;
    }
    if (kind !== "number") return plain;
    const bare = plain.replace(/\s|\u00a0|\u202f|[A-Z]{3}|R\$|[€$£]|zł|kWh/g, "");
    if (!/^-?[\d.,']+-?$/.test(bare)) return plain;
    const sign = /^-|-$/.test(bare) ? "-" : "";
    const digits = bare.replace(/[-']/g, "");
    if (DOUBTFUL.test(digits)) return digits.includes(",") ? plain : sign + digits;
    const at = Math.max(digits.lastIndexOf("."), digits.lastIndexOf(","));
    if (at < 0) return sign + digits;
    // several marks of one kind part thousands; else the last mark parts the decimals
    const marks = digits.replace(/\d/g, "");
    const whole = marks.length > 1 && new Set(marks).size === 1;
    if (whole) return sign + digits.replace(/[.,]/g, "");
    return sign + digits.slice(0, at).replace(/[.,]/g, "") + "." + digits.slice(at + 1);
  }

  function changed() {
    const values = {};
    for (const field of $$(".field[data-path]", review())) {
      const input = $("input", field);
      const value = input ? normal(field.dataset.kind, input.value) : "";
      const differs = input && value !== field.dataset.original;
      field.classList.toggle("changed", Boolean(differs));
      if (differs) values[field.dataset.path] = value === "" ? null : value;
    }
    for (const box of $$("[data-lines]", review())) {
      const grid = window.dash_ag_grid && window.dash_ag_grid.getApi("lines-" + box.dataset.lines);
      if (!grid) continue;
      const rows = [];
      grid.stopEditing();
      grid.forEachNode((node) => rows.push(node.data));
      const original = JSON.parse(box.dataset.original);
      const clean = rows.map((row, at) => {
        const line = { ...original[at] };
        for (const name of Object.keys(line)) {
          const value = row[name];
          line[name] = value === "" || value === undefined ? null : value;
        }
        return line;
      });
      if (JSON.stringify(clean) !== JSON.stringify(original)) values[box.dataset.lines + ".lines"] = clean;
    }
    const button = document.getElementById("confirm");
    if (button) button.textContent = Object.keys(values).length ? say("save") : say("confirm");
    return values;
  }

  async function call(method, path, body, etag) {
    const headers = { "Content-Type": "application/json" };
    if (etag) headers["If-Match"] = '"' + etag + '"';
    const answer = await fetch(api(path), { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) {
      toast([told.detail || answer.statusText, told.remedy].filter(Boolean).join(". "), true);
      return null;
    }
    return told;
  }

  let busy = false;
  async function change(method, part, body, then) {
    const page = review();
    if (!page || busy) return;
    busy = true;
    try {
      const path = "invoices/" + page.dataset.documentId + (part ? "/" + part : "");
      const told = await call(method, path, body, page.dataset.etag);
      if (told) then(told);
    } finally {
      busy = false;
    }
  }

  const again = () => go("?id=" + review().dataset.documentId + "&at=" + Date.now());

  function confirm() {
    const values = changed();
    const edited = Object.keys(values).length > 0;
    const done = () => { toast("✓ " + say("s_accepted")); step(1, true); };
    if (edited) change("PUT", "", { values }, done);
    else change("POST", "confirm", {}, done);
  }

  function step(by, leaving) {
    const page = review();
    if (!page) return;
    const order = JSON.parse(page.dataset.order);
    const at = order.indexOf(page.dataset.documentId);
    const next = order[at + by] || (leaving ? order.find((id) => id !== page.dataset.documentId) : undefined);
    if (next) go("?id=" + next);
    else if (leaving) go("?at=" + Date.now());
  }

  function ahead() {
    // the next document's first page is drawn while this one is looked at
    const page = review();
    if (!page || page.dataset.ahead) return;
    page.dataset.ahead = "1";
    const order = JSON.parse(page.dataset.order);
    const next = order[order.indexOf(page.dataset.documentId) + 1];
    if (next) setTimeout(() => { new Image().src = api("invoices/" + next + "/pages/1.png?width=1100"); }, 800);
  }

  // ---- browse
  let typing = 0;
  function narrow() {
    clearTimeout(typing);
    typing = setTimeout(() => {
      const query = narrowed();
      const search = new URLSearchParams(query).toString();
      history.replaceState(null, "", location.pathname + (search ? "?" + search : ""));
      exportsOf(search);
      const grid = window.dash_ag_grid.getApi("grid");
      // the grid asks anew for its first rows; Dash sees the same question as before and asks nobody, until what
      // narrows it changes
      if (grid) { if (grid.getDisplayedRowCount()) grid.ensureIndexVisible(0); grid.purgeInfiniteCache(); }
      window.dash_clientside.set_props("narrowed", { data: query });
    }, 250);
  }

  function narrowed() {
    const query = {};
    for (const control of $$("label[data-narrow]")) {
      const field = $("input, select", control);
      if (field && field.value.trim()) query[control.dataset.narrow] = field.value.trim();
    }
    return query;
  }

  function exportsOf(search) {
    const usable = new URLSearchParams(search);
    for (const name of ["min_amount", "max_amount"]) {
      if (usable.has(name)) usable.set(name, usable.get(name).replace(",", "."));
    }
    for (const link of $$("a[data-export]")) link.href = api("invoices/export." + link.dataset.export) + (search ? "?" + usable : "");
  }

  // ---- listening to the page
  document.addEventListener("click", (event) => {
    const at = event.target;
    if (!(at instanceof Element)) return;
    const language = at.closest("[data-language]");
    if (language) {
      document.cookie = "desk_language=" + language.dataset.language + "; path=" + prefix() + "; max-age=31536000; SameSite=Lax";
      location.reload();
    } else if (at.closest("#theme")) {
      const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
      localStorage.setItem("desk-theme", theme);
      applyTheme(theme);
    } else if (at.closest("#choose")) {
      const input = element("input");
      input.type = "file";
      input.multiple = true;
      input.accept = ".pdf,.png,.jpg,.jpeg,.tif,.tiff,.gif,.webp,.xml";
      input.onchange = () => take(input.files);
      input.click();
    } else if (at.closest("#confirm")) confirm();
    else if (at.closest("#next")) step(1);
    else if (at.closest("#previous")) step(-1);
    else if (at.closest("#delete")) change("DELETE", "", undefined, () => { toast(say("s_deleted")); again(); });
    else if (at.closest("#restore")) change("POST", "restore", undefined, again);
    else if (at.closest("#reprocess")) change("POST", "reprocess", { from: "ocr", mode: "all" }, (told) => toast(told.started));
    else if (at.closest("[data-undo]")) change("POST", "undo", { at: at.closest("[data-undo]").dataset.undo }, again);
    else if (at.closest("[data-runner]")) {
      const runner = at.closest("[data-runner]");
      const field = $(`.field[data-path="${CSS.escape(runner.dataset.runner)}"]`);
      const input = $("input", field);
      const printed = runner.dataset.value;
      const doubtful = field.dataset.kind === "number" && DOUBTFUL.test(printed.trim());
      setInput(input, doubtful ? printed.replace(".", ",") : normal(field.dataset.kind, printed));
      input.focus();
      setTimeout(changed, 0);
    } else if (at.closest("[data-box]")) {
      const path = at.closest("[data-box]").dataset.box;
      const field = $(`.field[data-path="${CSS.escape(path)}"]`);
      const holder = field && field.closest("details");
      if (holder) holder.open = true;
      if (field) { field.scrollIntoView({ block: "center" }); $("input", field).focus(); }
      light(path);
    } else if (at.closest("#clear")) {
      $$("label[data-narrow] input").forEach((input) => setInput(input, ""));
      $$("label[data-narrow] select").forEach((select) => { select.value = ""; });
      narrow();
    }
  });

  document.addEventListener("dblclick", (event) => openRow(event));
  function openRow(event) {
    const row = event.target instanceof Element && event.target.closest("#grid .ag-row");
    if (!row) return;
    const id = (row.getAttribute("row-id") || "").split("#")[0];
    if (id) go("?id=" + id, prefix() + "review");
  }

  document.addEventListener("focusin", (event) => {
    const field = event.target instanceof Element && event.target.closest(".field[data-path]");
    if (field) light(field.dataset.path);
  });

  document.addEventListener("input", (event) => {
    if (!(event.target instanceof Element)) return;
    if (event.target.closest("label[data-narrow]")) narrow();
    else if (event.target.closest(".field[data-path]")) changed();
  });
  document.addEventListener("change", (event) => {
    if (event.target instanceof Element && event.target.closest("label[data-narrow]")) narrow();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && $("#grid") && document.activeElement && document.activeElement.closest("#grid")) openRow({ target: document.activeElement });
    if (!review()) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); confirm(); }
    else if (event.altKey && event.code === "KeyN") { event.preventDefault(); step(1); }
    else if (event.altKey && event.code === "KeyP") { event.preventDefault(); step(-1); }
  });

  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      const drop = document.getElementById("drop");
      if (!drop || !event.dataTransfer || !Array.from(event.dataTransfer.types).includes("Files")) return;
      event.preventDefault();
      drop.classList.toggle("over", name === "dragenter" || name === "dragover");
      if (name === "drop") take(event.dataTransfer.files);
    });
  }

  // ---- after each change of the page: which tab is here, what is live, what comes next
  function settle() {
    const here = location.pathname.replace(prefix(), "").replace(/\/$/, "") || "upload";
    for (const tab of $$("a.to-page")) {
      const is = tab.id === "tab-" + here;
      tab.classList.toggle("here", is);
      if (is) tab.setAttribute("aria-current", "page"); else tab.removeAttribute("aria-current");
    }
    listen();
    ahead();
    if ($("a[data-export]")) exportsOf(location.search.slice(1));
  }
  let due = 0;
  new MutationObserver(() => { clearTimeout(due); due = setTimeout(settle, 60); }).observe(document.documentElement, { childList: true, subtree: true });
})();

// ---- for the grids: sums of the lines so far
window.dashAgGridFunctions = window.dashAgGridFunctions || {};
window.dashAgGridFunctions.runningSum = function (params, name) {
  if (!params.node || params.node.rowPinned) return "";
  let cents = 0;
  for (let at = 0; at <= params.node.rowIndex; at += 1) {
    const row = params.api.getDisplayedRowAtIndex(at);
    const value = row && row.data ? Number(String(row.data[name] === null || row.data[name] === undefined ? 0 : row.data[name]).replace(",", ".")) : 0;
    cents += Math.round(value * 100);
  }
  return Number.isNaN(cents) ? "?" : (cents / 100).toFixed(2);
};
