"""Bare await: a statement with co_await holds no brace and no ?:, since GCC 12 destroys such temporaries twice."""
import re

from source_tree import line_of

_TOKEN = re.compile(r"[A-Za-z_]\w*|::|->|\[\[|\]\]|[^\s\w]|\d[\w.']*")
_CONTROL = {"if", "while", "for", "switch", "constexpr"}
_BEFORE_BLOCK = {")", "else", "do", "try", "{", "}", ";", ":", "const", "noexcept", "mutable", "override", "final"}


def tokens_of(code: str) -> list[tuple[str, int]]:
    code = re.sub(r"^[ \t]*#.*$", "", code, flags=re.M)
    return [(match.group(0), match.start()) for match in _TOKEN.finditer(code)]


def opens_block(words: list[str], at: int) -> bool:
    """Whether the brace at this place begins a block rather than an initialiser."""
    if at == 0 or words[at - 1] in _BEFORE_BLOCK:
        return True
    # A return type behind an arrow: ") -> Task<void> {".
    back = at - 1
    while back > 0 and words[back] not in (";", "{", "}", "(", ")", "="):
        if words[back] == "->":
            return words[back - 1] in (")", "mutable", "noexcept")
        back -= 1
    # A class or a namespace with a name.
    return any(word in ("struct", "class", "namespace", "enum", "union") for word in words[back:at])


def partners(words: list[str]) -> dict[int, int]:
    found, stack = {}, []
    for at, word in enumerate(words):
        if word in "([{":
            stack.append(at)
        elif word in ")]}" and stack:
            found[at] = stack.pop()
            found[found[at]] = at
    return found


def start_of(words: list[str], pairs: dict[int, int], at: int) -> int:
    """Where the statement around this place begins; an initialiser or an argument list around it belongs to it."""
    while at > 0:
        word = words[at - 1]
        if word == ";" or (word == "{" and opens_block(words, at - 1)):
            return at
        if word == "(" and at >= 2 and words[at - 2] in _CONTROL:
            return at
        if word == "}" and opens_block(words, pairs.get(at - 1, 0)) and words[at] not in (")", ",", ".", "(", ";"):
            return at
        at = pairs[at - 1] if word in ")]}" and at - 1 in pairs else at - 1
    return at


def end_of(words: list[str], pairs: dict[int, int], at: int, goal: int) -> int:
    while at < len(words):
        word = words[at]
        if word in (";", ")", "]", "}"):
            return at
        if word == "{" and at > goal and opens_block(words, at) and words[at - 1] in (")", "else", "do", "try"):
            # A lambda's body belongs to the statement, a block behind it does not.
            opening = pairs.get(at - 1, 0)
            if words[at - 1] != ")" or words[opening - 1] != "]":
                return at
        at = pairs.get(at, at) + 1 if word in "([{" else at + 1
    return at


def check(tree) -> list[str]:
    complaints = []
    for path in tree.cpp():
        code = tree.code(path)
        if "co_await" not in code:
            continue
        tokens = tokens_of(code)
        words = [word for word, _ in tokens]
        pairs = partners(words)
        for at, word in enumerate(words):
            if word != "co_await":
                continue
            start = start_of(words, pairs, at)
            statement = words[start : end_of(words, pairs, start, at)]
            for bad, name in (("{", "a brace"), ("?", "?:")):
                if bad in statement:
                    offset = re.search(r"co_await", code[tokens[at][1] - 0 :])
                    line = line_of(code, tokens[at][1] + (offset.start() if offset else 0))
                    complaints.append(f"{path}:{line}: {name} in a statement with co_await")
                    break
    return complaints


def _sample(*lines: str) -> dict[str, str]:
    return {"daemon/x.cpp": "Task<void> f(int a) {\n  " + "\n  ".join(lines) + "\n}\n"}


GOOD = [
    _sample("auto vm = co_await store_.find(id);", "if (!vm) co_return std::move(vm).error();"),
    _sample("CreateVm body{.name = name};", "co_await api.create(std::move(body));"),
    _sample("auto job = [this, id] { return load(id); };", "auto row = co_await pool_.run(std::move(job));"),
    _sample("if (auto x = co_await g()) { use(Agg{1}); }", "while (co_await g()) { a = b ? c : d; }"),
    _sample("auto [ec, n] = co_await read(buffer);", "for (;;) { co_await g(); }", "if (a) { b(); } else { co_await g(); }"),
    _sample("net::steady_timer timer(co_await net::this_coro::executor, limit);", "int b{2};", "switch (a) { case 1: co_await g(); }"),
    _sample("try { co_await g(); } catch (const E& e) { h({}); }", "if (co_await g()) return {};"),
    {"x.hpp": "struct A {\n  Task<int> f() { co_return co_await g(); }\n  int b{1};\n};\n"},
    {"x.cpp": "auto f = [](int a) -> Task<int> {\n  co_return co_await g(a);\n};\n"},
]
BAD = [
    _sample("co_await api.create({.name = name});"),
    _sample("co_await f({});"),
    _sample("auto row = co_await pool_.run([this, id] { return load(id); });"),
    _sample("Agg a{co_await g(), 1};"),
    _sample("co_return Agg{.a = co_await g()};"),
    _sample("auto x = a ? co_await g() : co_await h();"),
    _sample("co_await (a ? g() : h());"),
    _sample("plain(Agg{1}, co_await g());"),
    _sample("Obj{1}.run(co_await g());"),
    _sample("if (auto x = co_await f({1})) { g(); }"),
    _sample("co_spawn(co_await this_coro::executor, [t] { g(); }, kToken);"),
    _sample("if (a) co_await f(Agg{1});"),
    _sample("co_await f(std::vector<int>{1, 2});"),
]
