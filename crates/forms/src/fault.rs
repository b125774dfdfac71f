//! What is wrong with a form table, where, and how bad: codes with data, never sentences.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Longest `detail` of a fault, in characters: enough to recognise a cell, too short to repeat it.
const DETAIL_CHARS: usize = 80;

macro_rules! fault_codes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal;)*) => {
        /// One kind of mistake in a form table. Kebab-case in JSON; a released code keeps its word and meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum FaultCode { $($(#[$doc])* $variant,)* }

        impl FaultCode {
            /// Every code, for the test that each can be triggered and has its sentence.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code as it stands in JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

fault_codes! {
    /// The file is larger than a form can be, or unpacks to more.
    FileTooLarge = "file-too-large";
    /// The bytes are not a workbook, or it is damaged.
    NotAWorkbook = "not-a-workbook";
    /// The workbook holds a document type or entity declaration, which no spreadsheet program writes.
    DeclarationInWorkbook = "declaration-in-workbook";
    /// The table is not readable CSV.
    NotCsv = "not-csv";
    /// A sheet that a form needs is not there.
    SheetMissing = "sheet-missing";
    /// Two sheets have one name but for letter case.
    SheetTwice = "sheet-twice";
    /// A sheet of a kind this app does not run (entities, external choices).
    SheetNotSupported = "sheet-not-supported";
    /// A sheet that is no part of a form; it was not read.
    SheetIgnored = "sheet-ignored";
    /// The sheet has more rows than a form may have.
    TooManyRows = "too-many-rows";
    /// The sheet has more columns than a form may have.
    TooManyColumns = "too-many-columns";
    /// A cell is longer than a form may have.
    CellTooLong = "cell-too-long";
    /// The row has more or fewer cells than the header.
    RowWidth = "row-width";
    /// Merged cells: what belongs to which row cannot be told.
    MergedCells = "merged-cells";
    /// A cell shows a spreadsheet error such as `#REF!`.
    CellError = "cell-error";
    /// A date cell of a spreadsheet was read as an ISO date.
    SpreadsheetDate = "spreadsheet-date";
    /// Two columns mean the same.
    ColumnTwice = "column-twice";
    /// A column that the form needs is not there.
    ColumnMissing = "column-missing";
    /// A column of XLSForm that this app does not run.
    ColumnNotSupported = "column-not-supported";
    /// A column this app does not know: it could change what the form means.
    UnknownColumn = "unknown-column";
    /// A column that is known to change nothing; it was not read.
    ColumnIgnored = "column-ignored";
    /// A translation into a language that is none of kk, ru, en; it was not read.
    LanguageIgnored = "language-ignored";
    /// A cell has a value but no header above it.
    CellWithoutHeader = "cell-without-header";
    /// A setting this app does not run.
    SettingNotSupported = "setting-not-supported";
    /// A setting that is known to change nothing here; it was not read.
    SettingIgnored = "setting-ignored";
    /// A setting has a value that it cannot have.
    BadSetting = "bad-setting";
    /// The form has no id, or settings are missing.
    FormIdMissing = "form-id-missing";
    /// The row has no type.
    TypeMissing = "type-missing";
    /// No such question type.
    UnknownType = "unknown-type";
    /// A question type of XLSForm that this app does not run.
    TypeNotSupported = "type-not-supported";
    /// Collected nowhere: who, when and on which device is proven by the key, not by a field.
    MetadataIgnored = "metadata-ignored";
    /// The row has no name.
    NameMissing = "name-missing";
    /// The name has a space or a sign that names cannot have, or is too long.
    BadName = "bad-name";
    /// Two rows of the form have one name.
    DuplicateName = "duplicate-name";
    /// Two questions have one number.
    DuplicateNumber = "duplicate-number";
    /// A group or repeat was not closed.
    GroupNotClosed = "group-not-closed";
    /// An end without a beginning, or of the other kind.
    GroupNotOpen = "group-not-open";
    /// Groups are nested deeper than the cap.
    GroupTooDeep = "group-too-deep";
    /// A group without a single row.
    GroupEmpty = "group-empty";
    /// The form has no question.
    FormEmpty = "form-empty";
    /// The type names a list that is not in `choices`.
    ListMissing = "list-missing";
    /// A choice has no list name or no name.
    ChoiceIncomplete = "choice-incomplete";
    /// Two choices of one list have one name.
    DuplicateChoice = "duplicate-choice";
    /// A list of `choices` that no question uses.
    ListUnused = "list-unused";
    /// A question, group or choice has no label in any language.
    LabelMissing = "label-missing";
    /// A text is there in one language and missing in another.
    MissingTranslation = "missing-translation";
    /// A label, hint or message refers to an answer; texts are printed as they stand.
    ReferenceInText = "reference-in-text";
    /// Typographic quotes in an expression: a word processor replaced the plain ones.
    SmartQuotes = "smart-quotes";
    /// The expression cannot be read.
    BadExpression = "bad-expression";
    /// The expression is longer or deeper than the cap.
    ExpressionTooLarge = "expression-too-large";
    /// No such function.
    UnknownFunction = "unknown-function";
    /// A function of XLSForm that this app does not run.
    FunctionNotSupported = "function-not-supported";
    /// The function takes another number of arguments, or needs a written-out text there.
    BadArguments = "bad-arguments";
    /// A pattern that cannot be read.
    BadPattern = "bad-pattern";
    /// The expression refers to no question of the form.
    UnknownReference = "unknown-reference";
    /// A bare word in an expression: a reference is written `${name}`, a text in quotes.
    BareName = "bare-name";
    /// The expression reads a question that it decides about.
    Cycle = "cycle";
    /// A choice is compared with a name that its list does not have.
    NoSuchChoice = "no-such-choice";
    /// The item reads an answer that belongs to a more protected document.
    ReadsMoreSensitive = "reads-more-sensitive";
    /// A cell that this row's type has no use for.
    CellNotUsed = "cell-not-used";
    /// A cell that this row's type needs is empty.
    CellMissing = "cell-missing";
    /// A cell has a value that this column cannot have.
    BadCell = "bad-cell";
    /// An appearance this app does not draw; the question is drawn in the usual way.
    AppearanceIgnored = "appearance-ignored";
    /// An appearance that calls another program or file.
    AppearanceNotSupported = "appearance-not-supported";
    /// A parameter this app does not run.
    ParameterNotSupported = "parameter-not-supported";
    /// A question without its `senim::sensitivity`.
    SensitivityMissing = "sensitivity-missing";
    /// A question without its `senim::source`.
    SourceMissing = "source-missing";
}

impl std::fmt::Display for FaultCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether the form can be used in spite of the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The form works; a person should look. A form that ships has none.
    Warning,
    /// The form does not compile.
    Error,
}

/// The sheet of the workbook, or the table of the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Sheet {
    /// The file as a whole.
    Workbook,
    /// Questions and groups.
    Survey,
    /// Lists of choices.
    Choices,
    /// One row about the form.
    Settings,
}

impl Sheet {
    /// The name as a spreadsheet shows it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Workbook => "workbook",
            Self::Survey => "survey",
            Self::Choices => "choices",
            Self::Settings => "settings",
        }
    }
}

/// One mistake in a form table. `Display` is `sheet:row:column code detail`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub struct FormFault {
    /// The sheet.
    pub sheet: Sheet,
    /// Row as the spreadsheet counts: 1 is the header; 0 means the sheet or file as a whole.
    pub row: u32,
    /// The header of the column as written, or empty.
    pub column: String,
    /// What is wrong.
    pub code: FaultCode,
    /// Whether the form can be used.
    pub severity: Severity,
    /// The offending word of the table, at most 80 characters.
    pub detail: String,
}

impl FormFault {
    /// A fault of the file as a whole.
    pub(crate) fn of_file(code: FaultCode, detail: &str) -> Self {
        Self::error(code, Sheet::Workbook, 0, "", detail)
    }

    pub(crate) fn error(
        code: FaultCode,
        sheet: Sheet,
        row: u32,
        column: &str,
        detail: &str,
    ) -> Self {
        Self::new(Severity::Error, code, sheet, row, column, detail)
    }

    pub(crate) fn warning(
        code: FaultCode,
        sheet: Sheet,
        row: u32,
        column: &str,
        detail: &str,
    ) -> Self {
        Self::new(Severity::Warning, code, sheet, row, column, detail)
    }

    fn new(
        severity: Severity,
        code: FaultCode,
        sheet: Sheet,
        row: u32,
        column: &str,
        detail: &str,
    ) -> Self {
        let shorten = |text: &str| text.chars().take(DETAIL_CHARS).collect();
        Self {
            sheet,
            row,
            column: shorten(column),
            code,
            severity,
            detail: shorten(detail),
        }
    }
}

impl std::fmt::Display for FormFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}:{}:{} {}",
            self.sheet.as_str(),
            self.row,
            self.column,
            self.code
        )?;
        if self.detail.is_empty() {
            Ok(())
        } else {
            write!(f, " {}", self.detail)
        }
    }
}

impl std::error::Error for FormFault {}
