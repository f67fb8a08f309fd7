"""The contract as a page to read: one HTML document without script or style of its own, for a strict CSP."""
import json
import re
from html import escape

import contract as source


def render(contract):
    info, components = contract["info"], contract["components"]
    swedish, *english = info["description"].strip().split("\n\n")
    tagged = {tag["name"]: [] for tag in contract["tags"]}
    for path, method, operation in source.operations(contract):
        tagged[operation["tags"][0]].append((path, method, operation))
    return "\n".join([
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(info['title'])} {escape(info['version'])}: the API</title>",
        '<link rel="stylesheet" href="docs.css">',
        "</head>",
        "<body>",
        '<a class="skip" href="#content">To the content</a>',
        f"<header><h1>{escape(info['title'])} {escape(info['version'])}</h1>",
        f'<p lang="sv">{inline(swedish)}</p></header>',
        contents(contract, tagged),
        '<main id="content">',
        '<section id="about"><h2>About</h2>',
        *(f"<p>{inline(paragraph)}</p>" for paragraph in english),
        '<p>The same contract for programs: <a href="openapi.json">openapi.json</a>,',
        '<a href="openapi.yaml">openapi.yaml</a>. Paths are relative to <code>/api/v1</code>',
        "unless they are listed under Service.</p></section>",
        *(section(contract, tag, tagged[tag["name"]]) for tag in contract["tags"]),
        '<section id="errors"><h2>Errors</h2>',
        "<p>Every error is a problem document, <code>application/problem+json</code>.</p>",
        table(["Status", "When"], [[f"<code>{status}</code>", inline(response["description"])]
                                   for status, response in components["responses"].items()]),
        "</section>",
        '<section id="types"><h2>Types</h2>',
        "<p>Those whose name ends in Body are sent, the others answered. Members marked * are required there and",
        "always present here; no others than those listed are taken or given.</p>",
        *(type_section(name, schema) for name, schema in sorted(components["schemas"].items())),
        "</section>",
        "</main>",
        f"<footer><p>Licence: {named_link(info['license'])}. Contact: {named_link(info['contact'])}.</p></footer>",
        "</body>",
        "</html>",
        ""])


def inline(text):
    """The two marks of Markdown that the contract uses: `code` and **strong**."""
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text.strip(), quote=False))
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text)


def named_link(target):
    return f'<a href="{escape(target["url"])}">{escape(target["name"])}</a>'


def anchor(name):
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def table(head, rows):
    cells = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join("<tr>" + f'<th scope="row">{row[0]}</th>' + "".join(f"<td>{cell}</td>" for cell in row[1:]) +
                   "</tr>\n" for row in rows)
    # A wide table scrolls by itself, also by keyboard.
    return (f'<div class="scroll" tabindex="0" role="group" aria-label="Table by {head[0].lower()}">'
            f"<table><thead><tr>{cells}</tr></thead>\n<tbody>\n{body}</tbody></table></div>")


def contents(contract, tagged):
    items = []
    for tag in contract["tags"]:
        inner = "".join(f'<li><a href="#{operation["operationId"]}">{escape(operation["summary"])}</a></li>'
                        for _, _, operation in tagged[tag["name"]])
        items.append(f'<li><a href="#{anchor(tag["name"])}">{escape(tag["name"])}</a><ul>{inner}</ul></li>')
    items = ['<li><a href="#about">About</a></li>', *items, '<li><a href="#errors">Errors</a></li>',
             '<li><a href="#types">Types</a></li>']
    return f'<nav aria-labelledby="contents"><h2 id="contents">Contents</h2>\n<ul>{"".join(items)}</ul></nav>'


def section(contract, tag, members):
    return "\n".join([f'<section id="{anchor(tag["name"])}"><h2>{escape(tag["name"])}</h2>',
                      f"<p>{inline(tag['description'])}</p>",
                      *(operation_article(contract, *member) for member in members), "</section>"])


def operation_article(contract, path, method, operation):
    roles = operation["x-roles"]
    others = [role for role in roles if role != "citizen"]
    who = "anyone, also without a key" if "citizen" in roles else "keys of role " + ", ".join(others)
    if "citizen" in roles and "servers" not in operation:
        who += f" (roles {', '.join(others)})"
    parts = [f'<article id="{operation["operationId"]}"><h3>{escape(operation["summary"])}</h3>',
             f'<p class="route"><code>{method.upper()} {escape(path)}</code></p>',
             *(f"<p>{inline(paragraph)}</p>" for paragraph in operation["description"].split("\n\n")),
             f"<p>For {who}.</p>"]
    parameters = [parameter for parameter in (resolved(contract, p) for p in operation["parameters"])
                  if parameter["name"] != "traceparent"]
    if parameters:
        parts.append(table(["Parameter", "In", "Type", "What it means"], [
            [f"<code>{escape(p['name'])}</code>", p["in"] + (", required" if p.get("required") else ""),
             type_text(p["schema"]), inline(p["description"])] for p in parameters]))
    if "requestBody" in operation:
        parts.append("<h4>Body</h4>")
        parts += [content_text(kind, body) for kind, body in operation["requestBody"]["content"].items()]
    parts.append("<h4>Answers</h4>")
    errors = []
    for status, response in operation["responses"].items():
        if "$ref" in response:
            errors.append(f"<code>{status}</code>")
            continue
        headers = [f"<code>{name}</code>" for name in ("ETag", "Location", "Link") if name in response["headers"]]
        parts.append(f"<p><code>{status}</code> {inline(response['description'])}" +
                     (f" With {', '.join(headers)}." if headers else "") + "</p>")
        parts += [content_text(kind, body) for kind, body in response.get("content", {}).items()]
    parts.append(f'<p><a href="#errors">Errors</a>: {", ".join(errors)}.</p></article>')
    return "\n".join(parts)


def resolved(contract, node):
    if "$ref" not in node:
        return node
    _, _, group, name = node["$ref"].split("/")
    return contract["components"][group][name]


def content_text(kind, body):
    example = body["example"] if "example" in body else body["examples"]["example"]["value"]
    text = example if isinstance(example, str) else json.dumps(example, ensure_ascii=False, indent=2)
    return (f"<p><code>{kind}</code>: {type_text(body['schema'])}</p>\n"
            f"<details><summary>Example</summary><pre><code>{escape(text, quote=False)}</code></pre></details>")


def type_text(schema):
    """A schema in a few words, with a link when it has a name."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f'<a href="#type-{anchor(name)}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(type_text(option) for option in schema["anyOf"])
    kinds = schema.get("type", "object")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    names = {"string": "text", "integer": "whole number", "array": "list", "boolean": "true or false"}
    words = " or ".join(names.get(kind, kind) for kind in kinds)
    if "items" in schema:
        words += f" of {type_text(schema['items'])}"
    if "enum" in schema:
        words = ", ".join("null" if code is None else f"<code>{escape(code)}</code>" for code in schema["enum"])
    bounds = []
    if schema.get("format") in ("date", "date-time"):
        bounds.append({"date": "a date", "date-time": "a time"}[schema["format"]])
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None or high is not None:
        bounds.append(" ".join(([f"from {low}"] if low is not None else []) +
                               ([f"to {high}"] if high is not None else [])))
    for keyword, unit in (("maxLength", "characters"), ("maxItems", "elements")):
        if keyword in schema:
            bounds.append(f"at most {schema[keyword]:,} {unit}")
    if "default" in schema:
        bounds.append(f"default <code>{escape(str(schema['default']))}</code>")
    return words + (f" ({', '.join(bounds)})" if bounds else "")


def type_section(name, schema):
    parts = [f'<article id="type-{anchor(name)}"><h3>{name}</h3>']
    if "description" in schema:
        parts.append(f"<p>{inline(schema['description'])}</p>")
    rows = list(member_rows(schema, ""))
    parts.append(table(["Member", "Type", "What it means", "Example"], rows) if rows
                 else f"<p>{type_text(schema)}</p>")
    return "\n".join([*parts, "</article>"])


def member_rows(schema, prefix):
    """A row for each member, those of objects inside with a dotted name."""
    for name, member in schema.get("properties", {}).items():
        mark = " *" if name in schema.get("required", []) else ""
        example = json.dumps(member["example"], ensure_ascii=False) if "example" in member else ""
        yield [f"<code>{prefix}{escape(name)}</code>{mark}", type_text(member),
               inline(member.get("description", "")),
               f"<code>{escape(example, quote=False)}</code>" if example else ""]
        yield from member_rows(member, f"{prefix}{name}.")
        if "items" in member:
            yield from member_rows(member["items"], f"{prefix}{name}[].")
