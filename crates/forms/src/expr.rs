//! Expressions: a subset of the XPath of XLSForm, read into a tree whose references are stable item names.
//!
//! | step | file |
//! |---|---|
//! | text to words | `lexer` |
//! | words to tree, references resolved on the way | `parser` |
//! | the tree and its canonical text | `ast`, `print` |
//! | which functions there are | `function` |
//! | values and how they turn into one another | `operand` |
//! | what each function does | `call`, `dates` |
//! | running a tree | `run` |

pub(crate) mod ast;
pub(crate) mod call;
pub(crate) mod dates;
pub(crate) mod function;
pub(crate) mod lexer;
pub(crate) mod operand;
pub(crate) mod parser;
pub(crate) mod print;
pub(crate) mod run;

#[cfg(test)]
mod tests;
