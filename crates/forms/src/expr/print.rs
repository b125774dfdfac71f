//! A tree as canonical text: one spelling for each tree, and reading it again gives the same tree.

use super::ast::Expr;
use super::function::Function;

pub(crate) fn print(expr: &Expr) -> String {
    let mut text = String::new();
    write(expr, 0, &mut text);
    text
}

/// `floor`: what stands around binds so tightly; a weaker operator needs brackets.
fn write(expr: &Expr, floor: u8, to: &mut String) {
    match expr {
        // A text was read between one kind of quotes, so it never holds both.
        Expr::Text(text) => {
            let quote = if text.contains('\'') { '"' } else { '\'' };
            to.push(quote);
            to.push_str(text);
            to.push(quote);
        }
        Expr::Number(value) => to.push_str(&value.to_string()),
        Expr::Ref(name) => {
            to.push_str("${");
            to.push_str(name);
            to.push('}');
        }
        Expr::Column(name) => to.push_str(name),
        Expr::Call(function, arguments) => write_call(*function, arguments, to),
        Expr::Binary(operator, left, right) => {
            let binding = operator.binding();
            let brackets = binding <= floor;
            if brackets {
                to.push('(');
            }
            write(left, binding.saturating_sub(1), to);
            to.push(' ');
            to.push_str(operator.as_str());
            to.push(' ');
            write(right, binding, to);
            if brackets {
                to.push(')');
            }
        }
        Expr::Negate(inner) => {
            to.push('-');
            write(inner, u8::MAX, to);
        }
    }
}

fn write_call(function: Function, arguments: &[Expr], to: &mut String) {
    to.push_str(function.as_str());
    to.push('(');
    for (index, argument) in arguments.iter().enumerate() {
        if index > 0 {
            to.push_str(", ");
        }
        write(argument, 0, to);
    }
    to.push(')');
}
