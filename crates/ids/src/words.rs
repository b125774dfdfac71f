//! The closed lists of words that stand in signed bytes, in SQL, in JSON and on the screen alike (GLOSSARY.md).

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Milliseconds since 1970-01-01T00:00:00Z by the writing device's clock. Shown, never an order.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    TS,
    Encode,
    Decode,
)]
#[cbor(transparent)]
#[ts(as = "f64")]
pub struct UnixMillis(#[n(0)] pub u64);

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $number:literal, $word:literal;)* })*) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, Encode, Decode,
        )]
        #[cbor(index_only)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$vdoc])* #[n($number)] $variant,)* }

        impl $name {
            /// Every word of the list, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word as it stands in JSON, SQL and commands.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The word of the list that is written so, if it is one.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($word => Some(Self::$variant),)* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}

words! {
    /// What a member may do in the organisation. Rights to a document are acts in that document.
    Role {
        /// Visits, writes, signs.
        Member = 0, "member";
        /// Reviews and releases for a region; reads the visits that name them.
        Coordinator = 1, "coordinator";
        /// Changes the roster. By this role alone opens no document.
        Admin = 2, "admin";
    }
    /// Which document an item of a form belongs to (architecture.md 3).
    Sensitivity {
        /// About a place: the visit document.
        Place = 0, "place";
        /// About one identifiable person: a sample document.
        Person = 1, "person";
        /// Said in private: an interview or identity document.
        Sealed = 2, "sealed";
    }
    /// The kinds of document (architecture.md 3). One document never mixes audiences.
    DocKind {
        /// Facilities, authorities, proposals of forms and limits: every member.
        Org = 0, "org";
        /// A visit: the team and named coordinators.
        Visit = 1, "visit";
        /// Rows and photos about identifiable persons: who filled it and one named reader.
        Sample = 2, "sample";
        /// One private interview.
        Interview = 3, "interview";
        /// Who an alias is.
        Identity = 4, "identity";
        /// The years after a visit.
        FollowUp = 5, "follow-up";
    }
    /// The three languages of every sentence. The word is the ISO 639-1 code.
    Language {
        /// Kazakh.
        Kk = 0, "kk";
        /// Russian.
        Ru = 1, "ru";
        /// English.
        En = 2, "en";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_text_agree_for_every_word() {
        for kind in DocKind::ALL {
            assert_eq!(DocKind::parse(kind.as_str()), Some(*kind));
        }
        assert_eq!(DocKind::FollowUp.as_str(), "follow-up");
        assert_eq!(Role::parse("root"), None);
    }
}
