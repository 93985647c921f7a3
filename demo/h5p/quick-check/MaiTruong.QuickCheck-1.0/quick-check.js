/* Kiểm tra nhanh: a few single-choice questions, marked when they are handed in. Part of Mái Trường, AGPL-3.0-or-later. */
window.MaiTruong = window.MaiTruong || {};

MaiTruong.QuickCheck = (function (H5P) {
  "use strict";

  const WORDS = {
    question: "Câu :n",
    submit: "Nộp bài",
    again: "Làm lại",
    score: "Đúng :score trên :total câu",
    missing: "Còn :n câu chưa chọn",
    right: "Đúng",
    wrong: "Chưa đúng",
    answer: "Đáp án",
  };

  const element = (name, css, html) => {
    const made = document.createElement(name);
    if (css) made.className = css;
    if (html !== undefined) made.innerHTML = html; // the server has cleaned every text of the content
    return made;
  };

  function QuickCheck(params, contentId, extras) {
    H5P.EventDispatcher.call(this);
    const state = (extras && extras.previousState) || {};
    this.contentId = contentId;
    this.extras = extras || {};
    this.words = Object.assign({}, WORDS, params.labels);
    this.intro = params.intro || "";
    this.questions = (params.questions || []).filter(one => one && Array.isArray(one.options));
    this.pass = typeof params.passPercentage === "number" ? params.passPercentage : 50;
    this.chosen = this.questions.map((one, i) => {
      const choice = Array.isArray(state.chosen) ? state.chosen[i] : null;
      return Number.isInteger(choice) && choice >= 0 && choice < one.options.length ? choice : null;
    });
    this.done = state.done === true;
    this.touched = this.done || this.chosen.some(choice => choice !== null);
    this.began = Date.now();
  }

  QuickCheck.prototype = Object.create(H5P.EventDispatcher.prototype);
  QuickCheck.prototype.constructor = QuickCheck;

  QuickCheck.prototype.attach = function ($container) {
    const root = $container.get(0);
    root.classList.add("mt-quick-check");
    root.textContent = "";
    if (this.intro) root.append(element("div", "mt-intro", this.intro));
    this.fields = this.questions.map((question, i) => this.question(question, i, root));
    const foot = element("div", "mt-foot");
    this.button = element("button", "mt-button", this.words.submit);
    this.button.type = "button";
    this.button.addEventListener("click", () => (this.done ? this.resetTask() : this.submit()));
    this.result = element("p", "mt-result");
    this.result.setAttribute("role", "status");
    foot.append(this.button, this.result);
    root.append(foot);
    if (this.done) this.reveal();
    this.trigger("resize");
  };

  QuickCheck.prototype.question = function (question, i, root) {
    const field = element("fieldset", "mt-question");
    const legend = element("legend");
    legend.append(element("span", "mt-number", this.words.question.replace(":n", i + 1) + ". "), element("span", "", question.text || ""));
    field.append(legend);
    question.options.forEach((option, j) => {
      const label = element("label", "mt-option");
      const input = element("input");
      input.type = "radio";
      input.name = `mt-${this.contentId}-${this.extras.subContentId || 0}-${i}`;
      input.checked = this.chosen[i] === j;
      input.addEventListener("change", () => {
        this.chosen[i] = j;
        this.touched = true;
        this.result.textContent = "";
        this.triggerXAPI("interacted");
      });
      label.append(input, element("span", "", option.text || ""), element("span", "mt-mark"));
      field.append(label);
    });
    field.append(element("p", "mt-why"));
    root.append(field);
    return field;
  };

  QuickCheck.prototype.submit = function () {
    const open = this.chosen.filter(choice => choice === null).length;
    if (open) {
      this.result.textContent = this.words.missing.replace(":n", open);
      const first = this.fields[this.chosen.indexOf(null)].querySelector("input");
      if (first) first.focus();
      this.trigger("resize");
      return;
    }
    this.done = true;
    this.reveal();
    this.questions.forEach((question, i) => this.trigger(this.answered(question, i)));
    const event = this.createXAPIEventTemplate("completed");
    event.setScoredResult(this.getScore(), this.getMaxScore(), this, true, this.passed());
    this.duration(event);
    this.trigger(event);
  };

  QuickCheck.prototype.reveal = function () {
    this.fields.forEach((field, i) => {
      const question = this.questions[i];
      field.querySelectorAll(".mt-option").forEach((label, j) => {
        const right = question.options[j].correct === true;
        const chosen = this.chosen[i] === j;
        label.querySelector("input").disabled = true;
        label.classList.toggle("mt-right", right);
        label.classList.toggle("mt-wrong", chosen && !right);
        label.querySelector(".mt-mark").textContent = chosen ? (right ? `✓ ${this.words.right}` : `✗ ${this.words.wrong}`) : right ? `✓ ${this.words.answer}` : "";
      });
      field.querySelector(".mt-why").innerHTML = question.why || "";
    });
    this.result.textContent = this.words.score.replace(":score", this.getScore()).replace(":total", this.getMaxScore());
    this.button.textContent = this.words.again;
    this.trigger("resize");
  };

  QuickCheck.prototype.resetTask = function () {
    this.chosen = this.questions.map(() => null);
    this.done = false;
    this.began = Date.now();
    this.fields.forEach(field => {
      field.querySelectorAll(".mt-option").forEach(label => {
        const input = label.querySelector("input");
        input.checked = input.disabled = false;
        label.classList.remove("mt-right", "mt-wrong");
        label.querySelector(".mt-mark").textContent = "";
      });
      field.querySelector(".mt-why").textContent = "";
    });
    this.result.textContent = "";
    this.button.textContent = this.words.submit;
    const first = this.fields[0] && this.fields[0].querySelector("input");
    if (first) first.focus();
    this.trigger("resize");
  };

  QuickCheck.prototype.right = function (i) {
    const choice = this.chosen[i];
    return choice !== null && this.questions[i].options[choice].correct === true;
  };
  QuickCheck.prototype.getScore = function () {
    return this.questions.filter((one, i) => this.right(i)).length;
  };
  QuickCheck.prototype.getMaxScore = function () {
    return this.questions.length;
  };
  QuickCheck.prototype.passed = function () {
    return this.getMaxScore() > 0 && (100 * this.getScore()) / this.getMaxScore() >= this.pass;
  };
  QuickCheck.prototype.getAnswerGiven = function () {
    return this.touched;
  };
  QuickCheck.prototype.showSolutions = function () {
    this.reveal();
  };
  QuickCheck.prototype.getCurrentState = function () {
    return this.touched ? { chosen: this.chosen, done: this.done } : undefined;
  };

  QuickCheck.prototype.duration = function (event) {
    event.data.statement.result.duration = `PT${Math.round((Date.now() - this.began) / 1000)}S`;
  };

  // One statement a question, as a part of the whole: the whole alone completes the content.
  QuickCheck.prototype.answered = function (question, i) {
    const event = this.createXAPIEventTemplate("answered");
    const statement = event.data.statement;
    const whole = statement.object.id;
    statement.object.id = `${whole}${whole.includes("?") ? "&" : "?"}subContentId=q${i + 1}`;
    statement.object.definition = Object.assign({}, statement.object.definition, {
      interactionType: "choice",
      type: "http://adlnet.gov/expapi/activities/cmi.interaction",
      choices: question.options.map((option, j) => ({ id: String(j), description: { "vi-VN": option.text || "" } })),
      correctResponsesPattern: [question.options.map((option, j) => (option.correct ? String(j) : "")).filter(Boolean).join("[,]")],
    });
    statement.context = Object.assign({}, statement.context);
    statement.context.contextActivities = Object.assign({}, statement.context.contextActivities, { parent: [{ id: whole, objectType: "Activity" }] });
    event.setScoredResult(this.right(i) ? 1 : 0, 1, this, true, this.right(i));
    statement.result.response = String(this.chosen[i]);
    return event;
  };

  QuickCheck.prototype.getXAPIData = function () {
    const event = this.createXAPIEventTemplate("completed");
    event.setScoredResult(this.getScore(), this.getMaxScore(), this, true, this.passed());
    return { statement: event.data.statement, children: this.questions.map((one, i) => ({ statement: this.answered(one, i).data.statement })) };
  };

  return QuickCheck;
})(window.H5P);
