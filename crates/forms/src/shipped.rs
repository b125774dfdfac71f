//! The forms that ship inside the program, as their tables.

use crate::table::FormTables;

/// A form of `seeds/forms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShippedForm {
    /// Its id, which is also the name of its folder.
    pub id: &'static str,
    /// Its tables, as they are compiled.
    pub tables: FormTables<'static>,
}

macro_rules! shipped_forms {
    ($($id:literal),* $(,)?) => {
        &[$(ShippedForm {
            id: $id,
            tables: FormTables {
                survey: include_str!(concat!("../../../seeds/forms/", $id, "/survey.csv")),
                choices: include_str!(concat!("../../../seeds/forms/", $id, "/choices.csv")),
                settings: include_str!(concat!("../../../seeds/forms/", $id, "/settings.csv")),
            },
        }),*]
    };
}

/// The forms that ship, by id. A test holds this list against the folders of `seeds/forms`.
#[must_use]
pub const fn shipped() -> &'static [ShippedForm] {
    shipped_forms!["F00", "F01", "F06", "F08", "F12", "F13", "F15"]
}
