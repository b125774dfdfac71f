//! The one window: what it shows, where it may go, what it leaves behind.

use tauri::webview::NewWindowResponse;
use tauri::{App, Url, WebviewUrl, WebviewWindowBuilder};

/// Opens it. Its title names no one and nothing but the app.
///
/// # Errors
/// [`tauri::Error`] if the platform cannot make one.
pub(crate) fn open(app: &App) -> tauri::Result<()> {
    let dev_server = if tauri::is_dev() {
        app.config().build.dev_url.clone()
    } else {
        None
    };
    let window = WebviewWindowBuilder::new(app, "main", WebviewUrl::App("index.html".into()))
        .title("Senim")
        // Nothing of the page is written to disk: no cache, no cookies, no history.
        .incognito(!driven_by_a_test())
        .on_navigation(move |url| is_of_the_app(url, dev_server.as_ref()))
        .on_new_window(|_, _| NewWindowResponse::Deny);
    #[cfg(desktop)]
    let window = window
        .inner_size(1280.0, 800.0)
        .min_inner_size(360.0, 480.0)
        .content_protected(true);
    window.build()?;
    Ok(())
}

/// A web driver needs a page that is not private. Never in a release build.
fn driven_by_a_test() -> bool {
    cfg!(debug_assertions)
        && std::env::var("TAURI_WEBVIEW_AUTOMATION").is_ok_and(|value| value == "true")
}

/// Whether the page may go there: only within the app.
fn is_of_the_app(url: &Url, dev_server: Option<&Url>) -> bool {
    let own = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // Windows and Android give schemes of an app this shape.
        "http" => url.host_str() == Some("tauri.localhost"),
        _ => false,
    };
    own || dev_server.is_some_and(|dev| dev.origin() == url.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_stays_within_the_app() {
        let goes = |url: &str| is_of_the_app(&Url::parse(url).unwrap(), None);
        assert!(goes("tauri://localhost/index.html#ui=kk"));
        assert!(goes("http://tauri.localhost/"));
        for elsewhere in [
            "https://example.org/",
            "http://127.0.0.1:5173/",
            "tauri://other/",
            "file:///etc/hostname",
            "data:text/html,x",
            "about:blank",
        ] {
            assert!(!goes(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn only_a_development_build_may_show_the_development_server() {
        let dev = Url::parse("http://127.0.0.1:5173").unwrap();
        let page = Url::parse("http://127.0.0.1:5173/src/main.ts").unwrap();
        assert!(is_of_the_app(&page, Some(&dev)));
        assert!(!is_of_the_app(&page, None));
    }
}
