"""Conditions of flows: a small language over the flow's data. Nothing in it can run code.

Names of fields, texts in quotes, numbers, lists, comparisons, `in`, `and`, `or`, `not`:
`kind == "letter" and amount > 5000`.
"""

import ast
import operator

from portal.kernel.i18n import _


class FlowError(Exception):
    """The model, a condition or a state is not one we can run; the message says what is wrong with it."""


_COMPARE = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn)
LONGEST = 500


def evaluate(expression, data):
    """The value of a condition over the flow's data. Names that are not there are None; what cannot be compared
    (a missing amount with a number) is false. Raises FlowError for anything outside the language."""
    return _value(_tree(expression), data, expression)


def names(expression):
    """The fields that a condition asks for."""
    tree = _tree(expression)
    _value(tree, {}, expression)
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def compared_texts(expression):
    """(field, text) for each comparison of a field with a text: so a check can say that no step answers so."""
    for node in ast.walk(_tree(expression)):
        match node:
            case ast.Compare(
                left=ast.Name(id=name), ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant(value=str(text))]
            ):
                yield name, text


def _tree(expression):
    text = (expression or "").strip()
    if not text or len(text) > LONGEST:
        raise FlowError(_("A condition is missing or longer than %(max)s characters", max=LONGEST))
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FlowError(_("The condition “%(text)s” cannot be read", text=text)) from error


def _value(node, data, text):
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case ast.Name(id=name):
            return data.get(name)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_value(item, data, text) for item in items]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _value(operand, data, text)
        case ast.BoolOp(op=ast.And(), values=values):
            # every part is read, so that a part outside the language is found whatever the data are
            return all([_value(value, data, text) for value in values])
        case ast.BoolOp(op=ast.Or(), values=values):
            return any([_value(value, data, text) for value in values])
        case ast.Compare(left=left, ops=ops, comparators=right):
            values = [_value(item, data, text) for item in (left, *right)]
            return all(_compare(op, a, b) for op, a, b in zip(ops, values, values[1:], strict=False))
    raise FlowError(_("The condition “%(text)s” may only compare the flow's data", text=text))


def _compare(op, left, right):
    if isinstance(op, _ORDER) and (left is None or right is None):
        return False
    try:
        return _COMPARE[type(op)](left, right)
    except TypeError:
        return False
