//! How the window is started.

use std::ffi::OsString;
use std::path::PathBuf;

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The arguments are not `--vault DIR`.
    #[error("usage: senim-tablet [--vault DIR]")]
    Usage,
    /// The platform cannot show one.
    #[error("the window cannot be shown: {0}")]
    Window(#[from] tauri::Error),
}

impl StartError {
    /// 2 for wrong usage, 1 for everything else, as for `senim`.
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::Window(_) => 1,
        }
    }
}

/// What the window was started on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The folder of the vault; without one, `vault` in the app's own folder.
    pub vault: Option<PathBuf>,
}

impl Started {
    /// Reads the arguments; `variable` is `SENIM_VAULT`, which counts where no argument names a folder.
    ///
    /// # Errors
    /// [`StartError::Usage`].
    pub fn parse(
        arguments: impl IntoIterator<Item = OsString>,
        variable: Option<OsString>,
    ) -> Result<Self, StartError> {
        let mut arguments = arguments.into_iter();
        let mut vault = variable
            .filter(|folder| !folder.is_empty())
            .map(PathBuf::from);
        while let Some(argument) = arguments.next() {
            let folder = (argument == "--vault").then(|| arguments.next()).flatten();
            vault = Some(
                folder
                    .filter(|folder| !folder.is_empty())
                    .ok_or(StartError::Usage)?
                    .into(),
            );
        }
        Ok(Self { vault })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str], variable: Option<&str>) -> Option<Option<PathBuf>> {
        let started = Started::parse(
            arguments.iter().map(OsString::from),
            variable.map(OsString::from),
        );
        started.ok().map(|started| started.vault)
    }

    #[test]
    fn an_argument_counts_before_the_variable() {
        assert_eq!(parse(&[], None), Some(None));
        assert_eq!(parse(&[], Some("")), Some(None));
        assert_eq!(parse(&[], Some("a")), Some(Some("a".into())));
        assert_eq!(parse(&["--vault", "b"], Some("a")), Some(Some("b".into())));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for wrong in [
            &["--vault"][..],
            &["--vault", ""],
            &["b"],
            &["--help"],
            &["--vault", "b", "c"],
        ] {
            assert_eq!(parse(wrong, None), None, "{wrong:?}");
        }
    }
}
