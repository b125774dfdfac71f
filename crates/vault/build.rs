//! Rebuilds the crate when a migration is added: `sqlx::migrate!` sees only files that were there.

fn main() {
    #[allow(
        clippy::print_stdout,
        reason = "this is how a build script speaks to cargo"
    )]
    {
        println!("cargo:rerun-if-changed=migrations");
    }
}
