"""Packs the guest's initramfs: busybox, /init and the modules. The same input gives the same bytes."""
import argparse
import os
import pathlib
import re
import subprocess

SIGNATURE = b"~Module signature appended~\n"


def wanted_modules(path: pathlib.Path) -> dict[str, list[str]]:
    """The names in the list by their moment, question marks kept."""
    wanted: dict[str, list[str]] = {"first": [], "then": [], "extra": []}
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            moment, name = line.split()
            wanted[moment].append(name)
    return wanted


def name_of(path: str) -> str:
    return re.sub(r"\.ko.*$", "", os.path.basename(path)).replace("-", "_")


def dependencies_of(module: pathlib.Path) -> list[str]:
    found = re.search(rb"\0depends=([^\0]*)\0", module.read_bytes())
    return [name.replace("-", "_") for name in found.group(1).decode().split(",") if name] if found else []


class Modules:
    """What a kernel package has, and the subset that goes into the initramfs with its dependencies."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.files = {name_of(str(path)): path for path in folder.rglob("*.ko*")}
        self.builtin = {name_of(line) for line in (folder / "modules.builtin").read_text().split()}
        self.chosen: dict[str, list[str]] = {}

    def choose(self, name: str) -> None:
        if name in self.chosen or name in self.builtin:
            return
        dependencies = [other for other in dependencies_of(self.files[name]) if other not in self.builtin]
        self.chosen[name] = dependencies
        for other in dependencies:
            self.choose(other)

    def has(self, name: str) -> bool:
        return name in self.files or name in self.builtin

    def in_order(self, name: str) -> list[str]:
        """Every module that must be in the kernel before this one, in the order to load them."""
        order: dict[str, None] = {}
        for other in self.chosen[name]:
            order.update(dict.fromkeys(self.in_order(other) + [other]))
        return list(order)


def install_modules(modules: Modules, wanted: dict[str, list[str]], version: str, root: pathlib.Path) -> None:
    target = root / "lib/modules" / version
    target.mkdir(parents=True)
    for moment, names in wanted.items():
        present = []
        for name in names:
            plain = name.rstrip("?")
            if modules.has(plain):
                modules.choose(plain)
                if plain not in modules.builtin:
                    present.append(plain)
            elif not name.endswith("?"):
                raise SystemExit(f"initramfs: this kernel has no module {plain}")
        if moment != "extra":
            (root / "etc" / f"modules.{moment}").write_text(" ".join(present) + "\n")
    lines = []
    for name in sorted(modules.chosen):
        data = modules.files[name].read_bytes()
        if data.endswith(SIGNATURE):
            # Nobody asks this kernel for signed modules, and checking one takes longer than loading it.
            length = int.from_bytes(data[-len(SIGNATURE) - 4 : -len(SIGNATURE)], "big")
            data = data[: -len(SIGNATURE) - 12 - length]
        (target / f"{name}.ko").write_bytes(data)
        lines.append(f"{name}.ko:" + "".join(f" {other}.ko" for other in reversed(modules.in_order(name))))
    (target / "modules.dep").write_text("\n".join(lines) + "\n")


def install_busybox(busybox: pathlib.Path, root: pathlib.Path) -> None:
    # The shell's editor asks the terminal for the cursor's position before each prompt. On a console with a log and with any number
    # of viewers that has no answer or several, so the question is made an empty string.
    (root / "bin/busybox").write_bytes(busybox.read_bytes().replace(b"\x1b[6n\0", b"\0[6n\0"))
    (root / "bin/busybox").chmod(0o755)
    applets = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for applet in applets:
        if applet != "busybox":
            (root / "bin" / applet).symlink_to("busybox")


def pack(root: pathlib.Path, output: pathlib.Path) -> None:
    names = sorted(str(path.relative_to(root)) for path in root.rglob("*"))
    for name in names:
        os.utime(root / name, (0, 0), follow_symlinks=False)
    with output.open("wb") as archive:
        subprocess.run(["cpio", "--quiet", "--create", "--format=newc", "--reproducible", "--owner=+0:+0"],
                       input="\n".join(names) + "\n", text=True, cwd=root, stdout=archive, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("modules", "list", "busybox", "init", "udhcpc", "work", "output"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    paths = parser.parse_args()

    os.umask(0o022)
    root = paths.work
    for folder in ("bin", "dev", "etc", "lib", "mnt", "proc", "root", "run", "sbin", "sys", "tmp"):
        (root / folder).mkdir(parents=True)
    install_busybox(paths.busybox, root)
    for source, target in ((paths.init, "init"), (paths.udhcpc, "etc/udhcpc")):
        (root / target).write_bytes(source.read_bytes())
        (root / target).chmod(0o755)
    (root / "etc/passwd").write_text("root::0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    (root / "sbin/modprobe").symlink_to("/bin/busybox")
    install_modules(Modules(paths.modules), wanted_modules(paths.list), paths.modules.name, root)
    pack(root, paths.output)


if __name__ == "__main__":
    main()
