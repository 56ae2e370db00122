"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = data.words;
  const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u2060-\u206f\p{Cs}]|(?![\u200c\u200d])\p{Cf}/gu;

  const $ = (id) => document.getElementById(id);
  const many = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
  const put = (text, values) => text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole));
  const fill = (name, values) => put(words[name], values || {});
  const say = (id, text) => { $(id).textContent = text; };
  const range = (cell) => `${many(cell[1])} to ${many(cell[2])}`;
  const whyNot = (cell) => (cell === 0 ? words.hidden : cell === false ? words.idle : words.unknown);
  const shown = (cell) =>
    cell ? fill("cell", { v: many(cell[0]), l: many(cell[1]), u: many(cell[2]) }) : whyNot(cell);
  const made = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };

  // A slider with a button on each side; all three do the same.
  function stepper(id, length, text, change) {
    const slider = $(id);
    const move = (to) => change(Math.min(Math.max(to, 0), length() - 1));
    slider.addEventListener("input", () => move(Number(slider.value)));
    $(`${id}-less`).addEventListener("click", () => move(Number(slider.value) - 1));
    $(`${id}-more`).addEventListener("click", () => move(Number(slider.value) + 1));
    return (at) => {
      slider.max = String(length() - 1);
      slider.value = String(at);
      slider.setAttribute("aria-valuetext", text(at));
      say(`${id}-now`, text(at));
      $(`${id}-less`).setAttribute("aria-disabled", String(at <= 0));
      $(`${id}-more`).setAttribute("aria-disabled", String(at >= length() - 1));
    };
  }

  function explore() {
    const start = data.start;
    const state = { ...start, measure: 1, attribute: 0, cuts: data.rules.map((rule) => rule.own) };
    let timer;

    const reset = () => {
      Object.assign(state, start, { cuts: data.rules.map((rule) => rule.own) });
      state.cuts[start.rule] = start.cut;
    };
    const rule = () => data.rules[state.rule];
    const cut = () => rule().cuts[state.cut];
    const cells = (at) => data.cells[at.rule][at.cut][at.week].map((groups) => groups[0]);
    const setting = (at) => ({
      rule: data.rules[at.rule].label,
      cut: data.rules[at.rule].cuts[at.cut].words,
      week: data.weeks[at.week].words,
    });

    const DOTS = 100;
    const dots = data.measures.map((_, i) =>
      Array.from({ length: DOTS }, (__, k) => {
        const dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
        dot.setAttribute("cx", String(5 + 10 * (k % 20)));
        dot.setAttribute("cy", String(5 + 10 * Math.floor(k / 20)));
        $(`dots-${i}`).appendChild(dot);
        return dot;
      }));
    const draw = (i, cell) => dots[i].forEach((dot, k) => {
      const kind = !cell ? "none" : k < Math.round(cell[1] / 10) ? "in" : k < Math.round(cell[2] / 10) ? "may" : "out";
      dot.setAttribute("class", kind);
      dot.setAttribute("r", { in: "4", may: "3.4", out: "1.8", none: "1.8" }[kind]);
    });

    // Whom a draw of as many students would miss; over several weeks a contact may come too late, so nothing is said.
    const chance = (contacted) => (contacted && data.weeks[state.week].week !== 0
      ? ` ${fill("chance", { v: many(1000 - contacted[0]) })}` : "");

    function tiles(found) {
      found.forEach((cell, i) => {
        const measure = data.measures[i];
        const value = cell ? many(cell[0]) : whyNot(cell);
        say(`big-${i}`, value);
        say(`range-${i}`, cell ? `(${range(cell)})` : "");
        say(`mini-${i}`, value);
        say(`mini-range-${i}`, cell ? range(cell) : "");
        say(`told-${i}`, cell
          ? `${put(measure.sentence, { v: shown(cell) })} ${fill("counted", { n: many(cell[3]), who: measure.who })}${
            measure.id === "missed" ? chance(found[0]) : ""}`
          : cell === false ? words.idle_told : `${measure.name}: ${whyNot(cell)}.`);
        draw(i, cell);
      });
    }

    function against(found) {
      const list = $("changes");
      list.replaceChildren();
      const same = ["rule", "cut", "week"].every((key) => state[key] === start[key]);
      $("reset").setAttribute("aria-disabled", String(same));
      say("against", same ? words.same : fill("against", setting(start)));
      if (same) return;
      cells(start).forEach((before, i) => {
        const now = found[i], what = data.measures[i].name;
        let text = fill("not_compared", { what });
        if (before && now) {
          const change = now[0] - before[0];
          text = fill(change > 0 ? "more" : change < 0 ? "fewer" : "equal", {
            d: many(Math.abs(change)), what, now: shown(now), before: shown(before),
          });
        }
        list.appendChild(made("li", "", text));
      });
    }

    function bar(cell) {
      const track = made("div", "bar");
      track.setAttribute("aria-hidden", "true");
      const span = made("div", "span"), point = made("div", "point");
      span.style.left = `${cell[1] / 10}%`;
      span.style.width = `${(cell[2] - cell[1]) / 10}%`;
      point.style.left = `${cell[0] / 10}%`;
      track.append(span, point);
      return track;
    }

    function row(name, cell, who) {
      const line = made("tr"), head = made("th", "", name), held = made("td");
      head.scope = "row";
      held.append(made("b", "", cell ? shown(cell) : whyNot(cell)));
      if (cell) held.append(made("span", "", fill("n", { n: many(cell[3]), who })), bar(cell));
      line.append(head, held);
      return line;
    }

    function groups() {
      if (!data.attributes.length) return;
      const attribute = data.attributes[state.attribute], measure = data.measures[state.measure];
      const found = data.cells[state.rule][state.cut][state.week][state.measure];
      say("groups-title", `${measure.name}, out of 1,000 ${measure.who}`);
      $("groups").replaceChildren(
        row("all", found[0], measure.who),
        ...attribute.groups.map((name, i) => row(name, found[attribute.first + i], measure.who)));
    }

    function staff() {
      const each = data.weeks[state.week].week === 0
        ? data.contacts[state.rule][state.cut] : cells(state)[0];
      if (!each) return say("staff", each === false ? words.idle_told : words.staff_hidden);
      const hours = data.hours[state.hours], room = hours * 60 / data.minutes;
      const needed = Math.round(each[0] * data.minutes / 60);
      const taken = fill("staff", { contacts: shown(each), minutes: data.minutes, needed: many(needed) });
      const has = fill("has", { hours });
      const waits = each.slice(0, 3).map((end) => Math.round(end - room));
      const word = each[2] <= room ? words.fits : each[1] <= room ? words.may_fit
        : fill("too_short", { wait: shown(waits) });
      return say("staff", `${taken} ${has} ${word}`);
    }

    function answer(person, week, reading) {
      const at = data.weeks.findIndex((one) => one.week === week);
      const line = rule().score ? data.lines[state.rule][state.cut][at] : null;
      if (rule().score && line === null) return { week, writes: null };
      const writes = rule().score ? reading.value >= line
        : rule().below ? reading.value < cut().value : reading.value >= cut().value;
      const told = line === null ? "" : line.toFixed(2);
      return { week, writes, what: put(writes ? cut().yes : cut().no, { said: reading.said, line: told }) };
    }

    function verdict(person) {
      const any = data.weeks[state.week].week, name = person.name;
      const tried = data.weeks.map((one) => one.week);
      const known = (person.readings[rule().id] || []).filter((one) => one.value !== null && tried.includes(one.week));
      const answers = known.filter((one) => any === 0 || one.week === any).map((one) => answer(person, one.week, one));
      const fired = answers.find((one) => one.writes);
      if (fired) return [fill("writes", { name, week: fired.week, what: fired.what }), true];
      if (answers.some((one) => one.writes === null)) return [fill("unsure", { name }), null];
      const last = answers[answers.length - 1];
      const never = last ? fill("never", { name, week: last.week, what: last.what }) : "";
      if (rule().score && known.length && !known.some((one) => one.week === any)) {
        return [`${never} ${fill("only", { name, week: known[known.length - 1].week })}`.trim(), null];
      }
      return [never || fill("passes", { name }), false];
    }

    function people() {
      data.people.forEach((person, i) => {
        const [text, writes] = verdict(person);
        const kind = writes === null ? "" : person.need
          ? (writes ? "true_contact" : "missed_need") : (writes ? "wrong_contact" : "no_contact");
        say(`verdict-${i}`, text);
        say(`outcome-${i}`, kind ? words[kind] : words.unknown);
        const card = $(`verdict-${i}`).closest(".person");
        card.className = `person ${kind ? `is-${kind}` : ""} tone-${
          !kind ? "open" : kind === "true_contact" || kind === "no_contact" ? "yes" : "alert"}`;
      });
    }

    const hear = (text) => {
      clearTimeout(timer);
      timer = setTimeout(() => say("heard", text), 200);
    };
    const showCut = stepper("cut", () => rule().cuts.length, (at) => rule().cuts[at].words, (at) => {
      state.cut = state.cuts[state.rule] = at;
      render();
    });
    const showHours = stepper("hours", () => data.hours.length, (at) => fill("hours", { hours: data.hours[at] }), (at) => {
      state.hours = at;
      showHours(at);
      staff();
      hear($("staff").textContent);
    });

    function render() {
      const found = cells(state), told = fill("setting", setting(state));
      document.querySelectorAll("input[name=rule]").forEach((one) => { one.checked = Number(one.value) === state.rule; });
      $("week").value = String(state.week);
      showCut(state.cut);
      showHours(state.hours);
      say("setting", told);
      const line = rule().score && data.weeks[state.week].week !== 0 ? data.lines[state.rule][state.cut][state.week] : null;
      say("line", line === null ? "" : fill("line", { line: line.toFixed(2) }));
      say("silent", rule().score ? data.silent : "");
      say("cut-note", rule().cuts.length > 1 ? "" : words.one_cut);
      tiles(found);
      against(found);
      groups();
      staff();
      people();
      if ($("beside")) say("beside", fill("beside", { setting: told }));
      const [contacted, missed, wrong] = found.map(shown);
      hear(fill("summary", { setting: told, contacted, missed, wrong }));
    }

    document.querySelectorAll("input[name=rule]").forEach((one) => one.addEventListener("change", () => {
      state.rule = Number(one.value);
      state.cut = state.cuts[state.rule];
      render();
    }));
    document.querySelectorAll("input[name=measure]").forEach((one) => {
      one.checked = Number(one.value) === state.measure;
      one.addEventListener("change", () => { state.measure = Number(one.value); groups(); });
    });
    $("week").addEventListener("change", () => { state.week = Number($("week").value); render(); });
    if ($("attribute")) {
      $("attribute").addEventListener("change", () => { state.attribute = Number($("attribute").value); groups(); });
    }
    $("reset").addEventListener("click", () => { reset(); render(); });
    reset();
    render();
    return () => fill("setting", setting(state));
  }

  // CRC-32 of UTF-8 text, as the study's team works it out again.
  function crc(text) {
    let sum = ~0;
    for (const byte of new TextEncoder().encode(text)) {
      sum ^= byte;
      for (let k = 0; k < 8; k += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
    }
    return (~sum >>> 0).toString(16).padStart(8, "0");
  }

  function comment(about) {
    const feedback = data.feedback, held = [];
    const clean = (text) => text.replace(/\r\n?/g, "\n").replace(UNSEEN, "").trim();
    const left = () => say("left", fill("left", { left: many(feedback.longest - $("text").value.length) }));

    function list() {
      $("comments").replaceChildren(...held.map((one, i) => {
        const item = made("li"), gone = made("button", "", fill("remove", { number: i + 1 }));
        gone.type = "button";
        gone.addEventListener("click", () => {
          held.splice(i, 1);
          list();
          say("comment-said", fill("removed", { count: held.length }));
          $("text").focus();
        });
        item.append(made("p", "topic", one.topic), made("p", "said", one.text), made("p", "note", one.about), gone);
        return item;
      }));
    }

    function add() {
      const text = clean($("text").value);
      if (!text) return say("comment-said", words.empty);
      if (held.length >= feedback.most) return say("comment-said", fill("full", { most: feedback.most }));
      held.push({ about: about().slice(0, 300), text, topic: $("topic").value });
      $("text").value = "";
      left();
      list();
      return say("comment-said", fill("added", { count: held.length }));
    }

    function save() {
      const drafted = () => clean($("text").value) !== "";
      if (drafted()) add();
      if (!held.length) return say("comment-said", words.nothing);
      const told = {
        comments: held, format: feedback.format, language: feedback.language, protocol: feedback.protocol,
        study: feedback.study,
      };
      const whole = { ...told, checksum: `crc32:${crc(JSON.stringify(told))}` };
      const link = made("a");
      link.href = URL.createObjectURL(new Blob([`${JSON.stringify(whole, null, 1)}\n`], { type: "application/json" }));
      link.download = feedback.file;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
      return say("comment-said", drafted() ? words.saved_full : words.saved);
    }

    $("text").addEventListener("input", left);
    $("add").addEventListener("click", add);
    $("save").addEventListener("click", save);
    left();
  }

  document.documentElement.classList.add("js");
  comment(data.rules ? explore() : () => "");
})();
