//! Any value that can stand under the key of a part.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    AgreedValue, ConsentAnswerValue, ContactValue, FindingValue, HandedValue, LetterValue,
    MarkValue, NoteValue, PartKey, PartKind, PersonValue, PointValue, RecommendationValue,
    RefusalValue, SafetyValue, SampleValue, SettingValue, Single, TakenValue, TalkValue, ToldValue,
    URGENT_LINES, UrgentValue, VisitEntryValue, WordingValue,
};
use crate::act::Arguments;
use crate::caps;
use crate::cbor::{self, NotCanonical};
use crate::value::ValueError;

macro_rules! part_values {
    ($($n:literal $variant:ident($type:ty): $pattern:pat,)*) => {
        /// The value of a part. Which one fits is the key's matter.
        #[derive(Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, TS)]
        #[serde(rename_all = "kebab-case")]
        pub enum PartValue {
            $(#[doc = concat!("See [`", stringify!($type), "`].")] #[n($n)] $variant(#[n(0)] $type),)*
            /// Under [`PartKey::Void`]: it was taken out.
            #[n(100)]
            Void,
            /// Under any other key: cleared.
            #[n(101)]
            Cleared,
        }

        impl PartValue {
            /// The canonical CBOR that stands in the document; none for a mark or a cleared value.
            pub(crate) fn encode(&self) -> Option<Vec<u8>> {
                match self {
                    $(Self::$variant(value) => Some(cbor::to_vec(value)),)*
                    Self::Void | Self::Cleared => None,
                }
            }

            /// The value that these bytes are under this key.
            pub(crate) fn parse(key: &PartKey, bytes: &[u8]) -> Result<Self, NotCanonical> {
                let value = match key {
                    $($pattern => Self::$variant(cbor::parse(bytes, caps::VALUE)?),)*
                    _ => return Err(NotCanonical),
                };
                value.check(key).map_err(|_| NotCanonical)?;
                Ok(value)
            }

            fn fits_its_caps(&self) -> bool {
                match self {
                    $(Self::$variant(value) => value.fits(),)*
                    Self::Void | Self::Cleared => true,
                }
            }

            fn fits_key(&self, key: &PartKey) -> bool {
                match self {
                    $(Self::$variant(_) => matches!(key, $pattern),)*
                    Self::Void => matches!(key, PartKey::Void { .. }),
                    Self::Cleared => !matches!(key, PartKey::Void { .. }),
                }
            }
        }
    };
}

part_values! {
    0 Finding(FindingValue): PartKey::Row { kind: PartKind::Finding, .. },
    1 Recommendation(RecommendationValue): PartKey::Row { kind: PartKind::Recommendation, .. },
    2 Wording(WordingValue): PartKey::Wording { .. },
    3 Agreed(AgreedValue): PartKey::Agreed { .. },
    4 Taken(TakenValue): PartKey::Take { .. },
    5 VisitEntry(VisitEntryValue): PartKey::Row { kind: PartKind::VisitEntry, .. },
    6 Refusal(RefusalValue): PartKey::Row { kind: PartKind::Refusal, .. },
    7 Note(NoteValue): PartKey::Row { kind: PartKind::Note, .. },
    8 Talk(TalkValue): PartKey::Row { kind: PartKind::Talk, .. },
    9 Letter(LetterValue): PartKey::Row { kind: PartKind::Letter, .. },
    10 Handed(HandedValue): PartKey::Row { kind: PartKind::Handed, .. },
    11 Urgent(UrgentValue): PartKey::Row { kind: PartKind::Urgent, .. },
    12 Told(ToldValue): PartKey::Row { kind: PartKind::Told, .. },
    13 Point(PointValue): PartKey::Row { kind: PartKind::Point, .. },
    14 Setting(SettingValue): PartKey::One(Single::Setting),
    15 ConsentAnswer(ConsentAnswerValue): PartKey::Consent(_),
    16 Mark(MarkValue): PartKey::Row { kind: PartKind::Mark, .. },
    17 Person(PersonValue): PartKey::One(Single::Person),
    18 Contact(ContactValue): PartKey::One(Single::Contact),
    19 Safety(SafetyValue): PartKey::One(Single::Safety),
    20 Sample(SampleValue): PartKey::Row { kind: PartKind::Sample, .. },
}

impl std::fmt::Debug for PartValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PartValue(..)")
    }
}

impl PartValue {
    /// # Errors
    /// [`ValueError`] if the value is none of this key, or a field is over its cap or breaks a rule of its type.
    pub fn check(&self, key: &PartKey) -> Result<(), ValueError> {
        let lines = match (key, self) {
            // To be read over a telephone or copied by hand.
            (
                PartKey::Wording {
                    kind: PartKind::Urgent,
                    ..
                },
                Self::Wording(value),
            ) => value.text.lines().count() <= URGENT_LINES,
            _ => true,
        };
        if lines && self.fits_key(key) && self.fits_its_caps() {
            Ok(())
        } else {
            Err(ValueError)
        }
    }
}
