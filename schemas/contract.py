"""Reads openapi.yaml and api/*.schema.json and makes one complete OpenAPI document of them."""
import json
import pathlib
import re

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROLES = ("citizen", "police", "owner", "municipality", "channel", "admin")
METHODS = ("get", "post", "put", "patch", "delete")
TITLES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
          405: "Method Not Allowed", 409: "Conflict", 411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
          414: "URI Too Long", 415: "Unsupported Media Type", 422: "Unprocessable Content",
          428: "Precondition Required", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
          500: "Internal Server Error", 503: "Service Unavailable"}


class Loader(yaml.SafeLoader):
    """YAML as JSON means it: dates stay text, only true and false are booleans, no member stands twice."""

    def construct_mapping(self, node, deep=False):
        # Members merged with << are outside this check: they may be overridden.
        names = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        if len(set(names)) != len(names):
            raise ValueError(f"a member stands twice{node.start_mark}")
        return super().construct_mapping(node, deep)


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def refuse_twins(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError(f"a member stands twice among {[name for name, _ in pairs]}")
    return dict(pairs)


def mapped(node, change):
    """A copy of `node` in which `change` has replaced every object, the inner ones first."""
    if isinstance(node, list):
        return [mapped(item, change) for item in node]
    if isinstance(node, dict):
        return change({key: mapped(value, change) for key, value in node.items()})
    return node


def request_schemas():
    """All files of api/ by name, with their references to each other replaced by what they refer to."""
    files = {path.name: json.loads(path.read_text("utf-8"), object_pairs_hook=refuse_twins)
             for path in sorted(HERE.glob("api/*.schema.json"))}

    def in_place(node):
        if "$ref" not in node:
            return node
        inner = {key: value for key, value in files[node["$ref"]].items()
                 if key not in ("$schema", "title", "examples")}
        return mapped(inner, in_place)

    return {name.removesuffix(".schema.json"): mapped(schema, in_place) for name, schema in files.items()}


def document(schemas):
    """The whole contract; `api/police_reference.schema.json` has become the component PoliceReferenceBody."""
    contract = yaml.load((HERE / "openapi.yaml").read_text("utf-8"), Loader)
    components = contract["components"]

    def bundled(node):
        file = re.fullmatch(r"api/(\w+)\.schema\.json", str(node.get("$ref")))
        if not file:
            return node
        name = "".join(word.capitalize() for word in file[1].split("_")) + "Body"
        components["schemas"][name] = {
            key: value for key, value in schemas[file[1]].items() if key != "$schema"}
        return {"$ref": f"#/components/schemas/{name}"}

    contract["paths"] = mapped(contract["paths"], bundled)
    for status, response in components["responses"].items():
        complete_problem(response, int(status))
    for path, method, operation in operations(contract):
        complete_operation(contract, path, operation)
        for content in [operation.get("requestBody", {}), *operation["responses"].values()]:
            for body in content.get("content", {}).values():
                if "example" not in body:
                    body["examples"] = {"example": {"value": example(components["schemas"], body["schema"])}}
    for response in components["responses"].values():
        add_headers(response, limited=True)
    return contract


def operations(contract):
    for path, methods in contract["paths"].items():
        for method in METHODS:
            if method in methods:
                yield path, method, methods[method]


def complete_problem(response, status):
    problem = {"type": "about:blank", "title": TITLES[status], "status": status,
               "detail": response["description"], "instance": "urn:uuid:4bf92f35-77b3-4da6-a3ce-929d0e0e4736"}
    if status == 400:
        problem |= {"detail": "category is missing",
                    "errors": [{"pointer": "/category", "message": "category is missing"}]}
    response["content"] = {"application/problem+json": {
        "schema": {"$ref": "#/components/schemas/Problem"}, "examples": {"example": {"value": problem}}}}


def add_headers(response, limited):
    names = ["traceparent"] + (["RateLimit", "RateLimit-Policy"] if limited else [])
    response["headers"] = {**response.get("headers", {}),
                           **{name: {"$ref": f"#/components/headers/{name}"} for name in names}}


def complete_operation(contract, path, operation):
    """Adds what follows from the path, the roles, the body and the parameters."""
    parameters = [parameter.get("$ref", "").rsplit("/", 1)[-1] for parameter in operation.get("parameters", [])]
    anyone = "citizen" in operation["x-roles"]
    service = "servers" in operation
    errors = {500} if service else {400, 401, 414, 429, 431, 500, 503}
    errors |= set(operation.pop("x-errors", []))
    if "{" in path:
        errors.add(404)
    if len(operation["x-roles"]) < len(ROLES):
        errors.add(403)
    if "requestBody" in operation:
        errors |= {411, 413, 415, 422}
    if "Idempotency-Key" in parameters:
        errors |= {409, 422}
    if "If-Match" in parameters:
        errors.add(412)
    if "If-Match-required" in parameters:
        errors |= {412, 428}

    operation["security"] = [] if service else [{}, {"bearer": []}] if anyone else [{"bearer": []}]
    operation["parameters"] = [*operation.get("parameters", []),
                               {"$ref": "#/components/parameters/traceparent"}]
    # A copy, because several operations share one answer.
    operation["responses"] = {status: dict(response) for status, response in operation["responses"].items()}
    tag = operation["responses"].get("200", {}).get("headers", {}).get("ETag")
    if tag and operation["operationId"].startswith("get_"):
        operation["responses"]["304"] = {"description": "The caller has this version already (`If-None-Match`).",
                                         "headers": {"ETag": tag}}
    for response in operation["responses"].values():
        add_headers(response, limited=not service)
    operation["responses"] |= {str(status): {"$ref": f"#/components/responses/{status}"}
                               for status in sorted(errors) if str(status) not in operation["responses"]}


def example(schemas, schema):
    """An example of `schema`: its own, or one put together from its members'."""
    if "example" in schema:
        return schema["example"]
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example(schemas, schemas[schema["$ref"].rsplit("/", 1)[-1]])
    if "anyOf" in schema:
        return example(schemas, schema["anyOf"][0])
    if "properties" in schema:
        return {name: example(schemas, member) for name, member in schema["properties"].items()}
    if "items" in schema:
        return [example(schemas, schema["items"])]
    raise ValueError(f"no example for {schema}")
