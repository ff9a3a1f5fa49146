#!/usr/bin/env python3
"""Random requests from schemas/openapi.json, valid and nearly valid, to the real daemon with scripted-vfkit.

    tests/fuzz/schema.py --bin FOLDER [--requests N] [--seed N]

Every answer must be one that the document declares, with the type that it declares; a 5xx only where its number stands in the
document. Ends with 1 and the request that showed otherwise. The seed makes it the same again.
"""
import argparse
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

try:
    import re._parser as sre_parse  # Python 3.11 and newer
except ImportError:
    import sre_parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/support/stand_ins"))
import kernel_head  # noqa: E402

LIMIT = 30  # seconds for an answer
ODD = [None, True, -1, 0, 1.5, 2**63, "", "x", "\u0000", "\U0001f600", "../..", "a" * 5000, [], {}, [[]], {"x": None}, "%00", "\r\nX: y"]


class Generator:
    """Values that a schema describes, or nearly."""

    def __init__(self, document, folder, chance):
        self.document = document
        self.folder = folder
        self.chance = chance
        self.spoils = False

    def resolve(self, schema):
        while "$ref" in schema:
            target = self.document
            for part in schema["$ref"][2:].split("/"):
                target = target[part]
            schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
        return schema

    def value(self, schema, name="", depth=0):
        if self.spoils and self.chance.random() < 0.08:
            return self.chance.choice(ODD)
        schema = self.resolve(schema)
        if "enum" in schema:
            return self.chance.choice(schema["enum"])
        for several in ("oneOf", "anyOf"):
            if several in schema and "properties" not in schema:
                return self.value(self.chance.choice(schema[several]), name, depth)
        kind = schema.get("type", "object")
        if isinstance(kind, list):
            kind = self.chance.choice(kind)
        return getattr(self, "_" + kind)(schema, name, depth)

    def _null(self, *_):
        return None

    def _boolean(self, *_):
        return self.chance.random() < 0.5

    def _integer(self, schema, *_):
        low = schema.get("minimum", 0)
        high = schema.get("maximum", 1000)
        return self.chance.choice([low, min(high, low + 1), self.chance.randint(low, max(low, high))])

    _number = _integer

    def _array(self, schema, name, depth):
        most = min(schema.get("maxItems", 3), 3)
        return [self.value(schema.get("items", {}), name, depth + 1) for _ in range(self.chance.randint(0, most))]

    def _object(self, schema, _, depth):
        properties = schema.get("properties", {})
        names = set(schema.get("required", []))
        optional = [name for name in properties if name not in names]
        if schema.get("maxProperties") == 1:
            names = {self.chance.choice(list(properties))}
        else:
            names |= {name for name in optional if self.chance.random() < (0.3 if depth < 3 else 0.1)}
        made = {name: self.value(properties[name], name, depth + 1) for name in sorted(names) if name in properties}
        if isinstance(schema.get("additionalProperties"), dict) and self.chance.random() < 0.5:
            made["key" + str(self.chance.randint(0, 9))] = self.value(schema["additionalProperties"], "", depth + 1)
        if self.spoils and self.chance.random() < 0.1:
            made[self.chance.choice(["surprise", "", "~", "/"])] = self.chance.choice(ODD)
        if self.spoils and made and self.chance.random() < 0.1:
            made.pop(self.chance.choice(sorted(made)))
        return made

    def _string(self, schema, name, _):
        if name in ("kernel", "initrd", "image", "userData", "metaData", "networkConfig", "ignition"):
            return os.path.join(self.folder, self.chance.choice(["kernel", "initrd", "disk.img", "none"]))
        if name == "source":
            return self.folder
        if "pattern" in schema:
            return self._match(schema["pattern"])
        if schema.get("format") == "date-time":
            return "2026-11-23T10:40:52.123Z"
        text = self.chance.choice(["a", "web", "x y", "5m", "1", "login:", "\u00e4", "/tmp"])
        return text[: schema.get("maxLength", 100)] or "a"

    def _match(self, pattern):
        return self._parsed(sre_parse.parse(pattern))

    def _parsed(self, nodes):
        text = ""
        for operator, argument in nodes:
            kind = str(operator)
            if kind == "LITERAL":
                text += chr(argument)
            elif kind == "NOT_LITERAL":
                text += "z" if chr(argument) != "z" else "y"
            elif kind == "ANY":
                text += "a"
            elif kind == "IN":
                text += self._one_of(argument)
            elif kind in ("MAX_REPEAT", "MIN_REPEAT"):
                low, high, inner = argument
                for _ in range(self.chance.randint(low, min(int(high), low + 4))):
                    text += self._parsed(inner)
            elif kind == "SUBPATTERN":
                text += self._parsed(argument[-1])
            elif kind == "BRANCH":
                text += self._parsed(self.chance.choice(argument[1]))
        return text

    def _one_of(self, items):
        if str(items[0][0]) == "NEGATE":
            return "q"
        operator, argument = self.chance.choice(items)
        if str(operator) == "RANGE":
            return chr(self.chance.randint(*argument))
        return chr(argument) if str(operator) == "LITERAL" else "0"


class Requests:
    """Requests of a document."""

    def __init__(self, document, folder, seed):
        self.chance = random.Random(seed)
        self.generator = Generator(document, folder, self.chance)
        self.operations = [
            (path, method, operation, item.get("parameters", []))
            for path, item in document["paths"].items()
            for method, operation in item.items()
            if method != "parameters"
        ]
        # What makes and changes VMs is asked more often.
        self.weights = [1 + 4 * ("requestBody" in operation) for _, _, operation, _ in self.operations]

    def make(self):
        path, method, operation, shared = self.chance.choices(self.operations, self.weights)[0]
        self.generator.spoils = self.chance.random() < 0.5
        headers, query = {}, []
        for parameter in shared + operation.get("parameters", []):
            parameter = self.generator.resolve(parameter)
            if parameter["in"] == "path":
                path = path.replace("{" + parameter["name"] + "}", urllib.parse.quote(self._name(), safe=""))
            elif parameter.get("required") or parameter["name"] == "timeout" or self.chance.random() < 0.3:
                self._add(parameter, headers, query)
        if self.generator.spoils and self.chance.random() < 0.1:
            query.append(("surprise", "1"))
        body = self._body(operation, headers)
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        return operation, method.upper(), target, headers, body

    def _name(self):
        return self.chance.choice(["a", "b", "c", "none", "A B", "%", "\u00e4", "x" * 300]) if self.generator.spoils else self.chance.choice("abc")

    def _add(self, parameter, headers, query):
        name = parameter["name"]
        value = self.generator.value(parameter.get("schema", {}), name)
        if name in ("timeout", "Prefer"):
            value = {"timeout": "1ms", "Prefer": "wait=0"}[name]  # nobody waits here
        if name == "follow":
            value = False  # its answer has no end
        if name == "If-Match" and self.chance.random() < 0.7:
            value = "*"
        text = value if isinstance(value, str) else json.dumps(value)
        if parameter["in"] == "header":
            headers[name] = re.sub(r"[^\x20-\x7e]", "?", text)[:300]
        else:
            query.append((name, text[:500]))

    def _body(self, operation, headers):
        if "requestBody" not in operation:
            return b""
        content = self.generator.resolve(operation["requestBody"])["content"]
        kind = self.chance.choice(sorted(content))
        value = self.generator.value(content[kind]["schema"])
        if isinstance(value, dict) and isinstance(value.get("metadata"), dict) and self.chance.random() < 0.8:
            value["metadata"]["name"] = self.chance.choice("abc")
        if isinstance(value, dict) and isinstance(value.get("spec"), dict) and "boot" in value["spec"] and self.chance.random() < 0.4:
            # One that this host can use, so that there are VMs to ask of.
            kernel = os.path.join(self.generator.folder, "kernel")
            value["spec"] = {"boot": {"linux": {"kernel": kernel}}, "cpus": self.chance.randint(1, 4), "memory": "64MiB"}
        if isinstance(value, dict) and "name" in value and self.chance.random() < 0.8:
            value["name"] = self.chance.choice("abcd")
        headers["Content-Type"] = kind if not self.generator.spoils or self.chance.random() < 0.95 else "text/plain"
        text = json.dumps(value).encode()
        if self.generator.spoils and self.chance.random() < 0.05:
            text = text[: self.chance.randint(0, len(text))]
        return text


class Connection:
    def __init__(self, path):
        self.path = path
        self.socket = None

    def ask(self, method, target, headers, body):
        if self.socket is None:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(LIMIT)
            self.socket.connect(self.path)
        head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.socket.sendall(head.encode() + b"\r\n" + body)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, rest = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        if "transfer-encoding" in fields:
            self.close()
            return int(lines[0].split()[1]), fields, b""
        while len(rest) < int(fields.get("content-length", 0)):
            rest += self._more()
        if fields.get("connection", "").lower() == "close":
            self.close()
        return int(lines[0].split()[1]), fields, rest

    def _more(self):
        got = self.socket.recv(65536)
        if not got:
            raise RuntimeError("the daemon closed the connection without an answer")
        return got

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None


def complaint(generator, operation, status, fields, body):
    """What the document does not declare of this answer; empty when it does."""
    responses = operation["responses"]
    if status >= 500 and str(status) not in responses:
        return f"{status} is not declared: {body[:400]!r}"
    response = responses.get(str(status), responses.get("default") if status >= 400 else None)
    if response is None:
        return f"{status} is not declared"
    content = generator.resolve(response).get("content", {})
    kind = fields.get("content-type", "").split(";")[0]
    if body and kind not in content:
        return f"{kind} is not declared for {status}"
    if body and kind.endswith("json"):
        answer = json.loads(body)
        schema = generator.resolve(content[kind].get("schema", {}))
        missing = [name for name in schema.get("required", []) if name not in answer]
        if missing:
            return f"the answer lacks {missing}"
    if "x-request-id" not in fields:
        return "the answer has no X-Request-Id"
    if kind == "application/problem+json" and json.loads(body).get("requestId", fields["x-request-id"]) != fields["x-request-id"]:
        return "the problem names another request"
    return ""


def start(options, folder):
    kernel_head.write(os.path.join(folder, "kernel"))
    for name in ("initrd", "disk.img"):
        with open(os.path.join(folder, name), "w") as file:
            file.write(name)
    os.mkdir(folder + "/runner")
    os.symlink(os.path.abspath(options.bin) + "/scripted-vfkit", folder + "/runner/vfkit")
    log = open(folder + "/log", "w")
    runner = folder + "/runner/vfkit"
    process = subprocess.Popen([options.bin + "/microvmd", "--state-dir", folder + "/state", "--run-dir", folder + "/run", "--vfkit", runner,
                                "--vfkit-qemu", runner], stdout=log, stderr=log)
    deadline = time.monotonic() + LIMIT
    while not os.path.exists(folder + "/run/api.sock"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("microvmd does not start: " + open(folder + "/log").read())
        time.sleep(0.02)
    return process


def finish(process, folder):
    connection = Connection(folder + "/run/api.sock")
    if process.poll() is None:
        for vm in json.loads(connection.ask("GET", "/v1/vms?limit=1000", {}, b"")[2])["items"]:
            name = vm["metadata"]["name"]
            connection.ask("PATCH", "/v1/vms/" + name, {"Content-Type": "application/json"}, b'{"metadata":{"protect":false}}')
            connection.ask("DELETE", f"/v1/vms/{name}?force=true", {}, b"")
        process.send_signal(signal.SIGTERM)
    return process.wait(LIMIT)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="folder of the programs")
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with open(os.path.join(ROOT, "schemas/openapi.json")) as file:
        document = json.load(file)
    folder = tempfile.mkdtemp(prefix="mvf-", dir="/tmp")
    process = start(options, folder)
    requests = Requests(document, folder, options.seed)
    connection = Connection(folder + "/run/api.sock")
    counts = {}
    failed = 0
    try:
        for number in range(options.requests):
            operation, method, target, headers, body = requests.make()
            status, fields, answer = connection.ask(method, target, headers, body)
            counts[status] = counts.get(status, 0) + 1
            wrong = complaint(requests.generator, operation, status, fields, answer)
            if wrong:
                failed += 1
                print(f"request {number} of seed {options.seed}: {method} {target} {headers} {body[:1000]!r}\n  {wrong}", flush=True)
    finally:
        ended = finish(process, folder)
        if failed or ended != 0:
            print(open(folder + "/log").read()[-4000:])
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{options.requests} requests: " + ", ".join(f"{count} x {status}" for status, count in sorted(counts.items())))
    if ended != 0:
        print(f"microvmd ended with {ended}")
    return 1 if failed or ended != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
