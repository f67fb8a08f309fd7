// Every page there is, and who looks at it. `at` gives its address in a town with the examples; `limit` is what its first view may
// take over the wire, of those that everybody may see; `status` is what it answers with, if not 200;
// `only` the one language that it is in; `long`: axe-core takes many seconds for it, so it is asked once.
const kPage = 100_000, kMapPage = 250_000;

export const pages = [
  { name: "sign-in", at: () => "/logga-in", limit: kPage },
  { name: "closing", at: (of) => of.closing, limit: kPage, lighthouse: true },
  { name: "mail", at: (of) => of.mail, limit: kPage },
  { name: "no-such-page", at: () => "/finns-inte", status: 404, limit: kPage },
  { name: "no-such-link", at: () => "/atgarda/1267/" + "x".repeat(43), status: 404, limit: kPage },
  { name: "api-docs", at: () => "/api/v1/docs", only: "en", long: true },
];

export const languages = ["sv", "en"];
/// The address of a page in a language.
export const in_language = (path, language) => (language === "sv" ? path : path + (path.includes("?") ? "&" : "?") + "lang=" + language);
