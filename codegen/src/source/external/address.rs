//! Where documents are, as URIs (RFC 3986): files have the scheme `file`.

use std::path::{Component, Path, PathBuf};

use fluent_uri::pct_enc::EStr;
use fluent_uri::{Uri, UriRef};

/// The place of a document without one: what was read from the standard input, or handed over as bytes.
pub(super) const NOWHERE: &str = "connector-gen:/document";

/// An absolute URI without a fragment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Address(Uri<String>);

impl Address {
    /// Reads an absolute URI; a fragment is left out.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let uri = Uri::parse(escape(text)).ok()?;
        let mut uri = uri.normalize();
        uri.set_fragment(None);
        Some(Self(uri))
    }

    /// The address of a file.
    pub(super) fn of_file(path: &Path) -> Option<Self> {
        let mut text = "file://".to_owned();
        for component in path.components() {
            match component {
                Component::RootDir => {}
                // A drive: `file:///C:/…`.
                Component::Prefix(prefix) => {
                    text.push('/');
                    text.push_str(&prefix.as_os_str().to_str()?.replace('\\', "/"));
                }
                Component::Normal(name) => {
                    text.push('/');
                    text.push_str(&escape_segment(name.to_str()?));
                }
                Component::CurDir | Component::ParentDir => return None,
            }
        }
        Self::parse(&text)
    }

    /// What a reference, without its fragment, means in a document at this address (RFC 3986, section 5).
    pub(super) fn resolve(&self, reference: &str) -> Option<Self> {
        let reference = escape(reference);
        let reference = UriRef::parse(reference.as_str()).ok()?;
        let mut base = self.0.clone();
        base.set_fragment(None);
        let resolved = reference.resolve_against(&base).ok()?;
        Self::parse(resolved.as_str())
    }

    /// The path of a file on this machine, if that is what this is.
    pub(super) fn to_path(&self) -> Option<PathBuf> {
        if self.0.scheme().as_str() != "file" {
            return None;
        }
        let host = self
            .0
            .authority()
            .map_or("", |authority| authority.as_str());
        if !matches!(host, "" | "localhost") {
            return None;
        }
        let path = self.0.path().decode().to_string().ok()?.into_owned();
        if path.contains('\0') {
            return None;
        }
        let drive = path.strip_prefix('/').filter(|rest| has_drive(rest));
        Some(PathBuf::from(drive.map_or(path.as_str(), |rest| rest)))
    }

    /// Whether this is on the web.
    pub(super) fn is_web(&self) -> bool {
        matches!(self.0.scheme().as_str(), "http" | "https")
    }

    /// Whether this stands for a document of which nobody knows where it is.
    pub(super) fn is_nowhere(&self) -> bool {
        self.0.scheme().as_str() == "connector-gen"
    }

    /// Whether a request to here is safe from being read on its way: encrypted, or within this machine.
    #[cfg(feature = "fetch")]
    pub(super) fn is_private(&self) -> bool {
        self.0.scheme().as_str() == "https" || self.is_loopback()
    }

    /// Whether the host is this machine.
    #[cfg(feature = "fetch")]
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.0.authority().map_or("", |authority| authority.host());
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost")
            || address
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    /// Whether there is a name or a password in it.
    pub(super) fn has_credentials(&self) -> bool {
        self.0
            .authority()
            .is_some_and(|authority| authority.userinfo().is_some())
    }

    /// Whether this lies below `prefix`: the same scheme, host and port, and a path that begins with its path, up to
    /// a slash or to the end.
    pub(super) fn is_below(&self, prefix: &Self) -> bool {
        let origin = |address: &Self| {
            let authority = address.0.authority();
            let host = authority.map(|one| one.host().to_ascii_lowercase());
            let port = authority.and_then(|one| one.port_to_u16().ok().flatten());
            let scheme = address.0.scheme().as_str().to_owned();
            let usual = if scheme == "https" { 443 } else { 80 };
            (scheme, host, port.unwrap_or(usual))
        };
        if origin(self) != origin(prefix) {
            return false;
        }
        let rest = self
            .0
            .path()
            .as_str()
            .strip_prefix(prefix.0.path().as_str());
        let is_whole = prefix.0.path().as_str().ends_with('/') || prefix.0.path().is_empty();
        rest.is_some_and(|rest| is_whole || rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether a server that decodes before it looks for folders would go up: `..%2F`, which stays when a URI is normalized.
    pub(super) fn hides_parents(&self) -> bool {
        let path = self.0.path().decode().to_string_lossy().into_owned();
        path.split(['/', '\\']).any(|part| part == "..")
    }

    /// What leads from the folder of this address to `other`, if that is in it or below it.
    pub(super) fn within_folder<'a>(&self, other: &'a Self) -> Option<&'a str> {
        let folder = &self.0.as_str()[..=self.0.as_str().rfind('/')?];
        other.as_str().strip_prefix(folder)
    }

    /// The last part of the path, decoded.
    pub(super) fn file_name(&self) -> Option<String> {
        self.segments().pop()
    }

    /// The parts of the path, decoded.
    pub(super) fn segments(&self) -> Vec<String> {
        let decode = |part: &str| {
            let part = EStr::<fluent_uri::pct_enc::encoder::Path>::new(part)?;
            Some(part.decode().to_string_lossy().into_owned())
        };
        let parts = self.0.path().as_str().split('/');
        parts
            .filter(|part| !part.is_empty())
            .filter_map(decode)
            .collect()
    }

    /// The text form.
    pub(super) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

fn has_drive(path: &str) -> bool {
    let bytes = path.as_bytes();
    cfg!(windows) && bytes.len() > 1 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':'
}

/// Escapes what may not stand in a URI: authors write spaces and umlauts of file names as they are, and those on
/// Windows write backslashes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let bytes = text.trim().as_bytes();
    for (index, &byte) in bytes.iter().enumerate() {
        match byte {
            b'\\' => escaped.push('/'),
            b'%' if !is_escape(&bytes[index + 1..]) => escaped.push_str("%25"),
            byte if byte.is_ascii_graphic() && !b"\"<>^`{|}".contains(&byte) => {
                escaped.push(char::from(byte));
            }
            other => push_escape(&mut escaped, other),
        }
    }
    escaped
}

fn is_escape(after: &[u8]) -> bool {
    matches!(after, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

/// Escapes a file's name: whatever is not plain is escaped, so that it means itself.
fn escape_segment(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            push_escape(&mut escaped, byte);
        }
    }
    escaped
}

fn push_escape(text: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    text.push('%');
    text.push(char::from(DIGITS[usize::from(byte >> 4)]));
    text.push(char::from(DIGITS[usize::from(byte & 15)]));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    #[test]
    fn references_mean_what_rfc_3986_says() {
        let base = address("file:///specs/api/root.yaml");
        for (reference, expected) in [
            ("pet.yaml", "file:///specs/api/pet.yaml"),
            ("./a/../pet.yaml", "file:///specs/api/pet.yaml"),
            ("../pet.yaml", "file:///specs/pet.yaml"),
            ("../../../../pet.yaml", "file:///pet.yaml"),
            ("/pet.yaml", "file:///pet.yaml"),
            ("https://a.com/x", "https://a.com/x"),
            ("my pets/ä.yaml", "file:///specs/api/my%20pets/%C3%A4.yaml"),
            (
                "my%20pets/%c3%a4.yaml",
                "file:///specs/api/my%20pets/%C3%A4.yaml",
            ),
            ("..\\common\\pet.yaml", "file:///specs/common/pet.yaml"),
        ] {
            assert_eq!(
                base.resolve(reference).unwrap().as_str(),
                expected,
                "{reference}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn files_keep_their_names_on_the_way_to_a_uri_and_back() {
        for path in ["/a/b.yaml", "/a b/ä%20#?.yaml", "/100%/x"] {
            let address = Address::of_file(Path::new(path)).unwrap();
            assert_eq!(address.to_path().unwrap(), Path::new(path));
        }
        assert_eq!(
            address("file://localhost/a").to_path().unwrap(),
            Path::new("/a")
        );
        assert_eq!(address("file://elsewhere/a").to_path(), None);
        assert_eq!(address("file:///a%00b").to_path(), None);
    }

    #[test]
    fn parents_are_found_behind_escapes() {
        for hidden in ["..%2fb", "..%2Fb", "..%5Cb", "x%2f..%2fb"] {
            let url = format!("https://example.com/a/{hidden}");
            assert!(address(&url).hides_parents(), "{hidden}");
        }
        for plain in ["b..c", "...", "%2e%2e/b", "b?c=../d"] {
            let url = format!("https://example.com/a/{plain}");
            assert!(!address(&url).hides_parents(), "{plain}");
        }
    }

    #[test]
    fn a_prefix_ends_where_a_name_ends() {
        let below = |url: &str, prefix: &str| address(url).is_below(&address(prefix));
        assert!(below("https://a.com/x/y.yaml", "https://a.com"));
        assert!(below("https://a.com:443/x/y.yaml", "https://a.com/x"));
        assert!(below("https://a.com/x/y.yaml", "https://A.com/x/"));
        assert!(below("https://a.com/x", "https://a.com/x"));
        assert!(!below("https://a.com.evil.com/x", "https://a.com"));
        assert!(!below("https://a.com@evil.com/x", "https://a.com"));
        assert!(!below("https://a.com/xy", "https://a.com/x"));
        assert!(!below("https://a.com/x/../y", "https://a.com/x"));
        assert!(!below("https://a.com/x/%2e%2e/y", "https://a.com/x"));
        assert!(!below("http://a.com/x", "https://a.com/x"));
        assert!(!below("https://a.com:8443/x", "https://a.com/x"));
    }
}
