"use strict";
/*
 * The table of rows that need a person: {all rows} -> those that are found -> in order -> a page of them in the document.
 *
 * A row is [line, status, who, reason, note, target]: see report_page.c.  Its target stands there only where it is
 * another than that of the row before.  Nothing of it is ever taken for HTML.  document.documentElement.dataset.ready says
 * that what was asked for is shown.
 */
(function () {
  const PAGE = 100, PRINTED = 2000;
  const $ = (id) => document.getElementById(id);
  const number = new Intl.NumberFormat("en-US");
  const facts = JSON.parse($("facts").textContent);
  const rows = JSON.parse($("rows").textContent);
  const sorts = {
    line: (a, b) => a[0] - b[0],
    status: (a, b) => a[1] - b[1],
    who: (a, b) => compare(a[2], b[2]),
    reason: (a, b) => compare(a[3], b[3]),
  };
  let found = rows, text = "", status = -1, sort = "line", up = true, page = 0;

  function compare(a, b) {
    return a < b ? -1 : a > b ? 1 : 0;
  }

  function count(n, one, many) {
    return number.format(n) + " " + (n === 1 ? one : many);
  }

  /* What a row is searched in, made when it is first needed. */
  function words(row) {
    if (row.words === undefined)
      row.words = (row[0] + "\n" + row[2] + "\n" + row[3] + "\n" + row[4] + "\n" + row[5]).toLowerCase();
    return row.words;
  }

  /* ---- which rows, in which order ---- */

  function find() {
    const wanted = text.trim().toLowerCase();
    found = rows.filter((row) => (status < 0 || row[1] === status) && (!wanted || words(row).includes(wanted)));
    order();
  }

  /* Equal ones stay in the order of their lines. */
  function order() {
    const by = sorts[sort];
    found.sort((a, b) => (up ? by(a, b) : by(b, a)) || a[0] - b[0]);
    page = 0;
    show();
  }

  /* ---- showing ---- */

  /* The roles are said, for on a phone the style makes cards of the rows, which a screen reader would not take for a table. */
  const roles = { tr: "row", th: "rowheader", td: "cell" };

  function element(name, content, label) {
    const e = document.createElement(name);
    if (roles[name])
      e.setAttribute("role", roles[name]);
    if (content !== undefined)
      e.textContent = content;
    if (label)
      e.dataset.label = label;
    return e;
  }

  function foreign(content) {
    const e = element("bdi", content);
    e.dir = "auto";
    return e;
  }

  function tableRow(row) {
    const kind = facts.statuses[row[1]], tr = element("tr");
    const line = element("th", row[0], "Line");
    const tag = element("span", kind.name), state = element("td", undefined, "Status");
    const who = element("td", undefined, "Who"), why = element("td", undefined, "Reason");
    line.scope = "row";
    line.className = "n";
    tag.className = "tag " + kind.class;
    state.append(tag);
    who.append(foreign(row[2] || "\u2013"));
    if (facts.targets && row[5]) {
      const target = element("small");
      target.append(foreign(row[5]));
      who.append(target);
    }
    why.append(foreign(row[3] || "no reason was given"));
    if (row[4])
      why.append(element("small", row[4]));
    tr.append(line, state, who, why, element("td", kind.advice, "What to do"));
    return tr;
  }

  function fill(from, to) {
    const fragment = document.createDocumentFragment();
    for (const row of found.slice(from, to))
      fragment.append(tableRow(row));
    $("body").replaceChildren(fragment);
  }

  function show() {
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    page = Math.min(Math.max(page, 0), pages - 1);
    fill(page * PAGE, (page + 1) * PAGE);
    $("found").textContent = found.length === rows.length
      ? count(rows.length, "row", "rows")
      : found.length === 0 ? "No row is found"
      : count(found.length, "row", "rows") + " of " + number.format(rows.length) + (found.length === 1 ? " is found" : " are found");
    $("where").textContent = "Page " + number.format(page + 1) + " of " + number.format(pages);
    $("pages").hidden = pages === 1;
    for (const id of ["first", "previous"])
      $(id).disabled = page === 0;
    for (const id of ["next-page", "last"])
      $(id).disabled = page === pages - 1;
    for (const button of document.querySelectorAll("[data-sort]")) {
      const th = button.parentNode;
      if (button.dataset.sort === sort)
        th.setAttribute("aria-sort", up ? "ascending" : "descending");
      else
        th.removeAttribute("aria-sort");
    }
    for (const button of $("statuses").children)
      button.setAttribute("aria-pressed", String(Number(button.dataset.index) === status));
  }

  /* A button that has just become disabled would take the focus away with it. */
  function turn(to) {
    const had = document.activeElement;
    page = to;
    show();
    if (had && had.disabled)
      (had.id === "next-page" || had.id === "last" ? $("previous") : $("next-page")).focus();
  }

  /* ---- what is asked for ---- */

  function addStatuses() {
    const counts = facts.statuses.map((kind, i) => rows.reduce((n, row) => n + (row[1] === i), 0));
    if (counts.filter((n) => n > 0).length < 2)
      return;
    const add = (label, index) => {
      const button = element("button", label);
      button.type = "button";
      button.dataset.index = index;
      button.addEventListener("click", () => { status = index; find(); });
      $("statuses").append(button);
    };
    add("all", -1);
    counts.forEach((n, i) => n > 0 && add(facts.statuses[i].name + " (" + number.format(n) + ")", i));
  }

  function listen() {
    $("search-form").addEventListener("submit", (e) => e.preventDefault());
    $("search").addEventListener("input", (e) => { text = e.target.value; find(); });
    for (const button of document.querySelectorAll("[data-sort]"))
      button.addEventListener("click", () => {
        up = button.dataset.sort === sort ? !up : true;
        sort = button.dataset.sort;
        order();
      });
    $("first").addEventListener("click", () => turn(0));
    $("previous").addEventListener("click", () => turn(page - 1));
    $("next-page").addEventListener("click", () => turn(page + 1));
    $("last").addEventListener("click", () => turn(Infinity));
    for (const button of document.querySelectorAll("button.find")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        $("search").value = text = button.dataset.find;
        status = -1;
        find();
        $("people").scrollIntoView();
        $("people").focus({ preventScroll: true });
      });
    }
  }

  /* Paper has no pages to turn. */
  function listenToPrinter() {
    let closed = [];
    addEventListener("beforeprint", () => {
      closed = [...document.querySelectorAll("details:not([open])")];
      for (const details of closed)
        details.open = true;
      fill(0, PRINTED);
      if (found.length > PRINTED)
        $("found").textContent += "; the first " + number.format(PRINTED) + " are printed";
    });
    addEventListener("afterprint", () => {
      for (const details of closed)
        details.open = false;
      show();
    });
  }

  rows.forEach((row, i) => { if (row.length < 6) row.push(i > 0 ? rows[i - 1][5] : ""); });
  if (rows.length > 0) {
    addStatuses();
    listen();
    listenToPrinter();
    show();
    $("table").hidden = false;
  }
  document.documentElement.dataset.ready = "yes";
}());
