// The page's one form is sent as soon as it is there (OAuth 2.0 Form Post Response Mode); without scripts its button does it.
addEventListener("DOMContentLoaded", () => document.querySelector("form[data-post-now]")?.submit());
