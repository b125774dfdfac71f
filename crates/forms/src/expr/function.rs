//! The functions of the expression language: names and number of arguments. What each does is in `call`.
//!
//! Source of meaning: XPath 1.0 (W3C, 1999) section 4 and the ODK XForms specification; differences are said in `call`.

macro_rules! functions {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $least:literal ..= $most:literal;)*) => {
        /// A function that the evaluator runs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Function { $($variant,)* }

        impl Function {
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            pub(crate) fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }

            /// Least and greatest number of arguments.
            pub(crate) const fn arguments(self) -> std::ops::RangeInclusive<usize> {
                match self { $(Self::$variant => $least..=$most,)* }
            }
        }
    };
}

functions! {
    If = "if", 3..=3;
    Not = "not", 1..=1;
    True = "true", 0..=0;
    False = "false", 0..=0;
    Boolean = "boolean", 1..=1;
    BooleanFromString = "boolean-from-string", 1..=1;
    Coalesce = "coalesce", 2..=40;
    Selected = "selected", 2..=2;
    SelectedAt = "selected-at", 2..=2;
    CountSelected = "count-selected", 1..=1;
    ChoiceName = "jr:choice-name", 2..=2;
    Text = "string", 1..=1;
    Concat = "concat", 1..=40;
    Join = "join", 2..=40;
    TextLength = "string-length", 1..=1;
    Contains = "contains", 2..=2;
    StartsWith = "starts-with", 2..=2;
    EndsWith = "ends-with", 2..=2;
    SubstringBefore = "substring-before", 2..=2;
    SubstringAfter = "substring-after", 2..=2;
    Substr = "substr", 2..=3;
    NormalizeSpace = "normalize-space", 1..=1;
    Translate = "translate", 3..=3;
    Regex = "regex", 2..=2;
    Number = "number", 1..=1;
    Int = "int", 1..=1;
    Floor = "floor", 1..=1;
    Ceiling = "ceiling", 1..=1;
    Round = "round", 1..=2;
    Abs = "abs", 1..=1;
    Pow = "pow", 2..=2;
    Min = "min", 1..=40;
    Max = "max", 1..=40;
    Sum = "sum", 1..=1;
    Count = "count", 1..=1;
    CountNonEmpty = "count-non-empty", 1..=1;
    Today = "today", 0..=0;
    Now = "now", 0..=0;
    Date = "date", 1..=1;
    DateTime = "date-time", 1..=1;
    DecimalDateTime = "decimal-date-time", 1..=1;
    DecimalTime = "decimal-time", 1..=1;
    FormatDate = "format-date", 2..=2;
    FormatDateTime = "format-date-time", 2..=2;
}

/// Functions that XLSForm has and this app does not run, so that the author reads "not supported" and not "unknown".
///
/// `uuid`, `random`, `once` need randomness or a memory that a pure evaluator has not; the others need files, devices,
/// positions of rows or other programs.
pub(crate) const NOT_SUPPORTED: &[&str] = &[
    "area",
    "base64-decode",
    "checklist",
    "count-elements",
    "cos",
    "current",
    "digest",
    "distance",
    "extract-signed",
    "geofence",
    "id",
    "indexed-repeat",
    "instance",
    "intersects",
    "lang",
    "last",
    "local-name",
    "log",
    "log10",
    "name",
    "namespace-uri",
    "once",
    "pi",
    "position",
    "property",
    "pulldata",
    "random",
    "randomize",
    "rank-index",
    "search",
    "sin",
    "sqrt",
    "tan",
    "uuid",
    "version",
    "weighted-checklist",
];
