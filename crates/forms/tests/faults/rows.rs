//! One row is wrong.

use std::collections::BTreeSet;

use senim_forms::{FaultCode, Sheet};

use crate::{check, of_rows};

/// Rows that are added to a good form, and the one fault they must give: row, column, code.
#[rustfmt::skip]
pub(crate) const ROWS: &[(&[&str], u32, &str, FaultCode)] = &[
    (&[",x,а,б,c,,,,,,,,,,place,S1,,"], 3, "type", FaultCode::TypeMissing),
    (&["question,x,а,б,c,,,,,,,,,,place,S1,,"], 3, "type", FaultCode::UnknownType),
    (&["audio,x,а,б,c,,,,,,,,,,place,S1,,"], 3, "type", FaultCode::TypeNotSupported),
    (&["deviceid,x,,,,,,,,,,,,,,,,"], 3, "type", FaultCode::MetadataIgnored),
    (&["text,,а,б,c,,,,,,,,,,place,S1,,"], 3, "name", FaultCode::NameMissing),
    (&["text,two words,а,б,c,,,,,,,,,,place,S1,,"], 3, "name", FaultCode::BadName),
    (&["text,n,а,б,c,,,,,,,,,,place,S1,,"], 3, "name", FaultCode::DuplicateName),
    (&["text,x,а,б,c,,,,,,,,,F/1,place,S1,,", "text,y,а,б,c,,,,,,,,,F/1,place,S1,,",], 4, "senim::number", FaultCode::DuplicateNumber),
    (&["begin_group,g,а,б,c,,,,,,,,,,,,,", "text,x,а,б,c,,,,,,,,,,place,S1,,",], 3, "type", FaultCode::GroupNotClosed),
    (&["end_group,,,,,,,,,,,,,,,,,"], 3, "type", FaultCode::GroupNotOpen),
    (&["begin_group,g,а,б,c,,,,,,,,,,,,,", "text,x,а,б,c,,,,,,,,,,place,S1,,", "end_repeat,,,,,,,,,,,,,,,,,",], 5, "type", FaultCode::GroupNotOpen),
    (&["begin_group,g,а,б,c,,,,,,,,,,,,,", "end_group,,,,,,,,,,,,,,,,,",], 3, "type", FaultCode::GroupEmpty),
    (&["select_one none,x,а,б,c,,,,,,,,,,place,S1,,"], 3, "type", FaultCode::ListMissing),
    (&["text,x,,,,,,,,,,,,,place,S1,,"], 3, "label", FaultCode::LabelMissing),
    (&["text,x,а,,c,,,,,,,,,,place,S1,,"], 3, "label::Русский (ru)", FaultCode::MissingTranslation),
    (&["text,x,а,б,see ${n},,,,,,,,,,place,S1,,"], 3, "label::English (en)", FaultCode::ReferenceInText),
    (&["text,x,а,б,c,,${n} = ‘1’,,,,,,,,place,S1,,"], 3, "relevant", FaultCode::SmartQuotes),
    (&["text,x,а,б,c,,${n} = ,,,,,,,,place,S1,,"], 3, "relevant", FaultCode::BadExpression),
    (&["text,x,а,б,c,,${n} = ((((((((((((((((((((((((((((((((((((((((((((((((((((((1)))))))))))))))))))))))))))))))))))))))))))))))))))))),,,,,,,,place,S1,,",], 3, "relevant", FaultCode::ExpressionTooLarge),
    (&["text,x,а,б,c,,nonsense(${n}),,,,,,,,place,S1,,"], 3, "relevant", FaultCode::UnknownFunction),
    (&["text,x,а,б,c,,uuid() = 1,,,,,,,,place,S1,,"], 3, "relevant", FaultCode::FunctionNotSupported),
    (&["text,x,а,б,c,,not(),,,,,,,,place,S1,,"], 3, "relevant", FaultCode::BadArguments),
    (&["text,x,а,б,c,,,\"regex(., '[')\",,,,,,,place,S1,,"], 3, "constraint", FaultCode::BadPattern),
    (&["text,x,а,б,c,,${absent} = 1,,,,,,,,place,S1,,"], 3, "relevant", FaultCode::UnknownReference),
    (&["text,x,а,б,c,,/data/g/n = 1,,,,,,,,place,S1,,"], 3, "relevant", FaultCode::UnknownReference),
    (&["text,x,а,б,c,,../../n = 1,,,,,,,,place,S1,,"], 3, "relevant", FaultCode::UnknownReference),
    (&["text,x,а,б,c,,n = 1,,,,,,,,place,S1,,"], 3, "relevant", FaultCode::BareName),
    (&["text,x,а,б,c,,. = 1,,,,,,,,place,S1,,"], 3, "relevant", FaultCode::Cycle),
    (&["select_one l,x,а,б,c,,,,,,,,,,place,S1,,", "text,y,а,б,c,,${x} = 'z',,,,,,,,place,S1,,",], 4, "relevant", FaultCode::NoSuchChoice),
    (&["text,x,а,б,c,,,,,,,,,,sealed,S1,,", "text,y,а,б,c,,${x} = 'z',,,,,,,,place,S1,,",], 4, "relevant", FaultCode::ReadsMoreSensitive),
    (&["text,x,а,б,c,,,,,,,${n} = 1,,,place,S1,,"], 3, "choice_filter", FaultCode::CellNotUsed),
    (&["calculate,x,,,,,,,,,,,,,place,S1,,"], 3, "calculation", FaultCode::CellMissing),
    (&["select_one l,x,а,б,c,,,,,z,,,,,place,S1,,"], 3, "default", FaultCode::BadCell),
    (&["range,x,а,б,c,,,,,,,,start=5 end=1,,place,S1,,"], 3, "parameters", FaultCode::BadCell),
    (&["text,x,а,б,c,,,,,,,,,,public,S1,,"], 3, "senim::sensitivity", FaultCode::BadCell),
    (&["text,x,а,б,c,,,,,,,,,,place,S1,,often"], 3, "senim::evidence", FaultCode::BadCell),
    (&["text,x,а,б,c,,,,,,w2,,,,place,S1,,"], 3, "appearance", FaultCode::AppearanceIgnored),
    (&["text,x,а,б,c,,,,,,ex:org.app,,,,place,S1,,"], 3, "appearance", FaultCode::AppearanceNotSupported),
    (&["select_one l,x,а,б,c,,,,,,,,randomize=true,,place,S1,,"], 3, "parameters", FaultCode::ParameterNotSupported),
    (&["text,x,а,б,c,,,,,,,,,,,S1,,"], 3, "senim::sensitivity", FaultCode::SensitivityMissing),
    (&["text,x,а,б,c,,,,,,,,,,place,,,"], 3, "senim::source", FaultCode::SourceMissing),
    (&["text,x,а,б,c,,,,,,,,,,place,S1,"], 3, "", FaultCode::RowWidth),
];

#[test]
fn the_good_form_has_no_fault() {
    assert_eq!(of_rows(&[]), vec![]);
}

#[test]
fn each_mistake_of_a_row_is_reported_where_it_is() {
    for (rows, row, column, code) in ROWS {
        let faults = of_rows(rows);
        check(&faults, (Sheet::Survey, *row, column, *code));
        let codes: BTreeSet<FaultCode> = faults.iter().map(|fault| fault.code).collect();
        assert!(
            codes.len() <= 2,
            "{code}: one mistake should not raise many: {codes:?}"
        );
    }
}
