"""How figures are printed and judged."""

_failed = []


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def figure(name, value, unit, bound=None, floor=None, least=None):
    """One line; `bound` is the most the value may be, in the same unit, or as a ratio to the floor when the unit is "x"; `least` the least."""
    line = f"{name:<52} {value:>9.2f} {unit}"
    if floor is not None:
        line += f"   floor {floor:.2f} {unit}, ratio {value / floor:.2f}"
    if bound is not None:
        holds = value <= bound
        line += f"   bound {bound:g} {unit}: {'holds' if holds else 'BROKEN'}"
        if not holds:
            _failed.append(name)
    if least is not None:
        holds = value >= least
        line += f"   at least {least:g} {unit}: {'holds' if holds else 'BROKEN'}"
        if not holds:
            _failed.append(name)
    print(line, flush=True)


def at_least(name, value, unit, floor, bound=None, ratio=None):
    """One line of what must not be less: than `bound`, or than `ratio` of the floor."""
    line = f"{name:<52} {value:>9.0f} {unit}   floor {floor:.0f} {unit}, ratio {value / floor:.2f}"
    holds = value >= bound if bound is not None else value / floor >= ratio
    line += f"   bound {bound if bound is not None else ratio:g}: {'holds' if holds else 'BROKEN'}"
    if not holds:
        _failed.append(name)
    print(line, flush=True)


def summary():
    if _failed:
        print("bounds broken: " + ", ".join(_failed))
        return 1
    return 0
