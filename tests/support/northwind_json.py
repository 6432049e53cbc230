"""JSON as Slack writes it: four spaces, \\/ and \\uXXXX, a blank line inside empty arrays."""


class Raw(str):
    """JSON text that is written as it stands: numbers in a spelling of their own."""


def quote(text, ascii_only=True):
    out = ['"']
    for ch in text:
        code = ord(ch)
        short = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\b": "\\b", "\f": "\\f", "\n": "\\n",
                 "\r": "\\r", "\t": "\\t"}.get(ch)
        if short:
            out.append(short)
        elif code < 0x20 or (code > 0x7e and ascii_only and code < 0x10000):
            out.append("\\u%04x" % code)
        elif code >= 0x10000 and ascii_only:
            code -= 0x10000
            out.append("\\u%04x\\u%04x" % (0xd800 + (code >> 10), 0xdc00 + (code & 0x3ff)))
        else:
            out.append(ch)
    out.append('"')
    return "".join(out)


def dump(value, ascii_only=True, pad=""):
    if isinstance(value, Raw):
        return str(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return quote(value, ascii_only)
    inner = pad + "    "
    if isinstance(value, dict):
        items = [inner + quote(k, ascii_only) + ": " + dump(v, ascii_only, inner)
                 for k, v in value.items()]
        brackets = "{}"
    else:
        items = [inner + dump(v, ascii_only, inner) for v in value]
        brackets = "[]"
    return brackets[0] + "\n" + ",\n".join(items) + "\n" + pad + brackets[1]


def dump_day(messages, ascii_only):
    """A day file: each message is printed alone, then moved in by four spaces, blank lines too."""
    if not messages:
        return "[]"
    parts = []
    for m in messages:
        text = dump(m, ascii_only)
        parts.append("\n".join("    " + line for line in text.split("\n")))
    return "[\n" + ",\n".join(parts) + "\n]"
