"""Pictures of docs/paper.md and its appendix: points with whiskers on two axes, as SVG text."""
import math

STYLE = """<style>
.t{font-size:15px;font-weight:bold;fill:#222}.a{fill:#555}.g{stroke:#ddd}.z{stroke:#888}
.l{fill:none;stroke-width:2}.w{stroke-width:1.5;opacity:.55}.n{font-size:11px}
.c0{stroke:#0072b2}.c1{stroke:#d55e00}.c2{stroke:#888}.c3{stroke:#009e73}.c4{stroke:#aa4499}
.f0{fill:#0072b2}.f1{fill:#d55e00}.f2{fill:#777}.f3{fill:#009e73}.f4{fill:#aa4499}
@media (prefers-color-scheme:dark){.t{fill:#eee}.a{fill:#bbb}.g{stroke:#444}.z{stroke:#aaa}
.c0{stroke:#4da3d9}.c1{stroke:#e8772e}.c2{stroke:#aaa}.c3{stroke:#2cc09a}.c4{stroke:#d07bc4}
.f0{fill:#4da3d9}.f1{fill:#e8772e}.f2{fill:#bbb}.f3{fill:#2cc09a}.f4{fill:#d07bc4}}
</style>"""
WIDTH, HEIGHT = 640, 380
LEFT, RIGHT, TOP, BOTTOM = 52, 622, 40, 318


def chart(title, across, up, x_ticks, y_ticks, series, is_log=False, margin=0):
    """The text of a picture.

    x_ticks: (value, text) pairs. series: (name, is_joined, points) with points (x, y, half width, label, place); place says
    where the label stands: "left", "right" or "below". margin: how far the axis goes on beyond the first and the last of x_ticks.
    """
    scale = math.log10 if is_log else float
    low, high = scale(x_ticks[0][0]) - margin, scale(x_ticks[-1][0]) + margin
    to_x = lambda x: LEFT + 14 + (RIGHT - LEFT - 28) * (scale(x) - low) / (high - low)
    to_y = lambda y: BOTTOM - (BOTTOM - TOP) * (y - y_ticks[0]) / (y_ticks[-1] - y_ticks[0])
    out = [f'<svg role="img" aria-label="{title}; the tables of the page have the numbers" xmlns="http://www.w3.org/2000/svg" '
           f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">', STYLE,
           f'<text class="t" x="{LEFT}" y="20">{title}</text>']
    for tick in y_ticks:
        kind = "z" if tick == 0 and y_ticks[0] < 0 else "g"
        out.append(f'<line class="{kind}" x1="{LEFT}" x2="{RIGHT}" y1="{to_y(tick):.1f}" y2="{to_y(tick):.1f}"/>')
        out.append(f'<text class="a" text-anchor="end" x="{LEFT - 8}" y="{to_y(tick):.1f}" dy="4">{tick:g}</text>')
    for tick, text in x_ticks:
        out.append(f'<text class="a" text-anchor="middle" x="{to_x(tick):.1f}" y="{BOTTOM + 18}">{text}</text>')
    out.append(f'<text class="a" text-anchor="middle" x="{(LEFT + RIGHT) / 2}" y="{BOTTOM + 36}">{across}</text>')
    out.append(f'<text class="a" text-anchor="middle" transform="translate(14 {(TOP + BOTTOM) / 2}) rotate(-90)">{up}</text>')
    places = {"left": (-8, -4, "end"), "right": (8, 4, "start"), "below": (7, 15, "start")}
    key = LEFT
    for number, (name, is_joined, points) in enumerate(series):
        if is_joined:
            path = " ".join(f"{to_x(x):.1f},{to_y(y):.1f}" for x, y, *_ in points)
            out.append(f'<polyline class="l c{number}" points="{path}"/>')
        for x, y, half, label, place in points:
            out.append(f'<line class="w c{number}" x1="{to_x(x):.1f}" x2="{to_x(x):.1f}" y1="{to_y(y - half):.1f}" y2="{to_y(y + half):.1f}"/>')
            out.append(f'<circle class="f{number}" cx="{to_x(x):.1f}" cy="{to_y(y):.1f}" r="4"/>')
            if label:
                dx, dy, anchor = places[place]
                out.append(f'<text class="n f{number}" text-anchor="{anchor}" x="{to_x(x) + dx:.1f}" y="{to_y(y) + dy:.1f}">{label}</text>')
        if name:
            out.append(f'<circle class="f{number}" cx="{key + 5}" cy="{HEIGHT - 10}" r="4"/>')
            out.append(f'<text class="a" x="{key + 14}" y="{HEIGHT - 6}">{name}</text>')
            key += 34 + 6.4 * len(name)
    return "\n".join(out + ["</svg>"]) + "\n"
