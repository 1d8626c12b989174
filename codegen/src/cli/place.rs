//! What the output depends on that is around its folder: the runtime, and a Cargo workspace.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use toml::{Table, Value};

/// The largest manifest that is read; they are written by hand.
const MAX_BYTES: u64 = 1024 * 1024;

/// The folder of `connector-runtime` in the checkout that the current folder is part of, if it is.
pub fn runtime_of_checkout() -> Option<PathBuf> {
    let current = std::env::current_dir().ok()?;
    current
        .ancestors()
        .map(|folder| folder.join("runtime"))
        .find(|folder| is_runtime(folder))
}

/// Whether a folder holds the runtime.
pub fn is_runtime(folder: &Path) -> bool {
    let name = manifest(folder).and_then(|manifest| {
        manifest
            .get("package")?
            .get("name")?
            .as_str()
            .map(str::to_owned)
    });
    name.as_deref() == Some("connector-runtime")
}

/// The path that leads from one folder to another, with `/` between its parts; absolute only if there is no other
/// way. `from` need not exist yet.
pub fn relative_path(from: &Path, to: &Path) -> io::Result<String> {
    let from = resolved(from)?;
    let to = resolved(to)?;
    let shared = from
        .components()
        .zip(to.components())
        .take_while(|(a, b)| a == b)
        .count();
    let parts = |components: std::path::Components<'_>| {
        let parts = components.map(|part| part.as_os_str().to_string_lossy().into_owned());
        parts.collect::<Vec<_>>()
    };
    if shared == 0 {
        // Different drives.
        return Ok(to.to_string_lossy().replace('\\', "/"));
    }
    let mut to_parts = to.components();
    to_parts.by_ref().take(shared).for_each(drop);
    let mut path = vec!["..".to_owned(); from.components().count() - shared];
    path.extend(parts(to_parts));
    Ok(if path.is_empty() {
        ".".to_owned()
    } else {
        path.join("/")
    })
}

/// The absolute path without symbolic links, as far as it exists.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    for existing in absolute.ancestors() {
        if let (Ok(resolved), Ok(rest)) = (existing.canonicalize(), absolute.strip_prefix(existing))
        {
            return Ok(if rest.as_os_str().is_empty() {
                resolved
            } else {
                without_dots(&resolved.join(rest))
            });
        }
    }
    Ok(absolute)
}

/// Takes `..` out of a path whose end does not exist.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

/// The workspace that Cargo would count a package in `folder` to without its being listed there. Cargo then refuses
/// to build the package, unless it says that it is a workspace of its own.
pub fn workspace_in_the_way(folder: &Path) -> io::Result<Option<PathBuf>> {
    let folder = resolved(folder)?;
    for root in folder.ancestors().skip(1) {
        let Some(manifest) = manifest(root) else {
            continue;
        };
        let Some(workspace) = manifest.get("workspace").and_then(Value::as_table) else {
            continue;
        };
        let inside = folder.strip_prefix(root).unwrap_or(&folder);
        if is_member(&manifest, workspace, root, inside) {
            return Ok(None);
        }
        if !paths(workspace, "exclude")
            .any(|excluded| inside.starts_with(without_dots(Path::new(excluded))))
        {
            return Ok(Some(root.join("Cargo.toml")));
        }
    }
    Ok(None)
}

/// Whether a workspace has a package as a member: because it lists it, or because a package of its own depends on it.
fn is_member(root_manifest: &Table, workspace: &Table, root: &Path, inside: &Path) -> bool {
    if paths(workspace, "members").any(|pattern| matches(pattern, inside)) {
        return true;
    }
    let listed = paths(workspace, "members").flat_map(|pattern| expand(root, pattern));
    let members = listed.filter_map(|member| Some((manifest(&member)?, member)));
    depends_on(root_manifest, root, &root.join(inside))
        || depends_on(workspace, root, &root.join(inside))
        || members
            .into_iter()
            .any(|(manifest, member)| depends_on(&manifest, &member, &root.join(inside)))
}

fn paths<'a>(workspace: &'a Table, key: &str) -> impl Iterator<Item = &'a str> {
    workspace
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// Whether a pattern of `members` stands for a path. `*` and `?` stay within a part of the path, as in Cargo's.
fn matches(pattern: &str, path: &Path) -> bool {
    let pattern = without_dots(Path::new(pattern));
    pattern.components().count() == path.components().count()
        && pattern
            .components()
            .zip(path.components())
            .all(|(pattern, part)| {
                matches_part(
                    &pattern.as_os_str().to_string_lossy(),
                    &part.as_os_str().to_string_lossy(),
                )
            })
}

fn matches_part(pattern: &str, part: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let part: Vec<char> = part.chars().collect();
    let (mut at, mut found) = (0, 0);
    // After the last `*`: the pattern's rest, and the first character that it does not stand for. Only the last one
    // is ever tried again, since what an earlier one takes more, the last one can take as well.
    let mut last_star = None;
    while found < part.len() {
        match pattern.get(at) {
            Some('*') => {
                at += 1;
                last_star = Some((at, found));
            }
            Some(&expected) if expected == '?' || expected == part[found] => {
                at += 1;
                found += 1;
            }
            _ => {
                let Some((rest, end)) = last_star else {
                    return false;
                };
                (at, found) = (rest, end + 1);
                last_star = Some((rest, end + 1));
            }
        }
    }
    pattern[at..].iter().all(|&left| left == '*')
}

/// The folders that a pattern of `members` stands for.
fn expand(root: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut folders = vec![root.to_owned()];
    for part in Path::new(pattern).components() {
        let part = part.as_os_str().to_string_lossy();
        folders = if part.contains(['*', '?']) {
            let entries = folders
                .iter()
                .filter_map(|folder| fs::read_dir(folder).ok())
                .flatten()
                .flatten();
            let is_match =
                |entry: &fs::DirEntry| matches_part(&part, &entry.file_name().to_string_lossy());
            entries.filter(is_match).map(|entry| entry.path()).collect()
        } else {
            folders
                .iter()
                .map(|folder| folder.join(part.as_ref()))
                .collect()
        };
    }
    folders
}

/// Whether a manifest in `folder` has a dependency that lies at `path`.
fn depends_on(manifest: &Table, folder: &Path, path: &Path) -> bool {
    ["dependencies", "dev-dependencies", "build-dependencies"]
        .iter()
        .filter_map(|kind| manifest.get(*kind)?.as_table())
        .flat_map(|dependencies| dependencies.values())
        .filter_map(|dependency| dependency.get("path")?.as_str())
        .any(|relative| without_dots(&folder.join(relative)) == path)
}

/// The manifest of a folder. It may be any folder above the output, so what is no file of reasonable size is left alone:
/// from a pipe or a device there might be no end of reading.
fn manifest(folder: &Path) -> Option<Table> {
    let path = folder.join("Cargo.toml");
    if !fs::metadata(&path).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    let mut file = fs::File::open(path).ok()?.take(MAX_BYTES + 1);
    file.read_to_string(&mut text).ok()?;
    if text.len() as u64 > MAX_BYTES {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these files; removed at the end.
    struct Tree(PathBuf);

    impl Tree {
        fn new(test: &str, files: &[(&str, &str)]) -> Self {
            let root = std::env::temp_dir()
                .join(format!("connector-gen-place-{}-{test}", std::process::id()));
            let _ = fs::remove_dir_all(&root);
            fs::create_dir_all(&root).unwrap();
            let root = root.canonicalize().unwrap();
            for (path, contents) in files {
                let path = root.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, contents).unwrap();
            }
            Self(root)
        }

        fn is_in_the_way(&self, folder: &str) -> bool {
            workspace_in_the_way(&self.0.join(folder))
                .unwrap()
                .is_some_and(|root| root.starts_with(&self.0))
        }
    }

    impl Drop for Tree {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_workspace_that_does_not_know_the_crate_is_in_the_way() {
        let tree = Tree::new(
            "unknown",
            &[("Cargo.toml", "[workspace]\nmembers = [\"a\"]\n")],
        );
        assert!(tree.is_in_the_way("acme"));
        assert!(tree.is_in_the_way("deep/er/acme"));
        assert!(!tree.is_in_the_way("a"));
    }

    #[test]
    fn a_package_without_a_workspace_is_not() {
        let tree = Tree::new("package", &[("Cargo.toml", "[package]\nname = \"app\"\n")]);
        assert!(!tree.is_in_the_way("acme"));
    }

    #[test]
    fn members_may_be_patterns_and_excluded_folders_go_deep() {
        let manifest = "[workspace]\nmembers = [\"crates/*-client\"]\nexclude = [\"samples\"]\n";
        let tree = Tree::new("patterns", &[("Cargo.toml", manifest)]);
        assert!(!tree.is_in_the_way("crates/acme-client"));
        assert!(tree.is_in_the_way("crates/acme"));
        assert!(!tree.is_in_the_way("samples/deep/acme"));
        assert!(tree.is_in_the_way("samples-too/acme"));
    }

    #[test]
    fn a_dependency_of_a_member_is_a_member() {
        let tree = Tree::new(
            "dependency",
            &[
                (
                    "Cargo.toml",
                    "[workspace]\nmembers = [\"crates/*\"]\n[dependencies]\none = { path = \"one\" }\n",
                ),
                (
                    "crates/app/Cargo.toml",
                    "[package]\n[dependencies]\ntwo = { path = \"../../two\" }\n",
                ),
            ],
        );
        assert!(!tree.is_in_the_way("one"));
        assert!(!tree.is_in_the_way("two"));
        assert!(tree.is_in_the_way("three"));
    }

    #[test]
    fn paths_lead_from_folder_to_folder() {
        let tree = Tree::new(
            "relative",
            &[(
                "runtime/Cargo.toml",
                "[package]\nname = \"connector-runtime\"\n",
            )],
        );
        let from =
            |folder: &str| relative_path(&tree.0.join(folder), &tree.0.join("runtime")).unwrap();
        assert_eq!(from("acme"), "../runtime");
        assert_eq!(from("out/../crates/acme"), "../../runtime");
        assert_eq!(from("."), "runtime");
        assert_eq!(from("runtime"), ".");
        assert!(is_runtime(&tree.0.join("runtime")));
        assert!(!is_runtime(&tree.0));
    }

    #[test]
    fn a_part_of_a_pattern_stands_for_parts() {
        for (pattern, fits, misfits) in [
            ("", &[""][..], &["a"][..]),
            ("a?c", &["abc", "aéc"], &["ac", "abbc", "abd"]),
            ("*", &["", "a"], &[]),
            ("a*", &["a", "ab"], &["", "ba"]),
            (
                "*-client",
                &["a-client", "-client-client"],
                &["-client-", "client"],
            ),
            ("a*b*c", &["abc", "a-bb-c-c"], &["acb", "ab", "abcd"]),
            ("**a", &["a", "aba"], &["ab"]),
            ("*?", &["a", "ab"], &[""]),
        ] {
            for part in fits {
                assert!(matches_part(pattern, part), "{pattern} {part}");
            }
            for part in misfits {
                assert!(!matches_part(pattern, part), "{pattern} {part}");
            }
        }
        // Trying every end of every `*` would take forever.
        assert!(!matches_part(&"*a".repeat(100), &"ab".repeat(120)));
    }

    #[test]
    fn a_manifest_is_a_file_of_reasonable_size() {
        let workspace = "[workspace]\n";
        let size = usize::try_from(MAX_BYTES).unwrap();
        let largest = format!("{workspace}{}", "#".repeat(size - workspace.len()));
        let tree = Tree::new("largest", &[("Cargo.toml", &largest)]);
        assert!(tree.is_in_the_way("acme"));
        let tree = Tree::new("too-large", &[("Cargo.toml", &format!("{largest}#"))]);
        assert!(!tree.is_in_the_way("acme"));
    }

    #[cfg(unix)]
    #[test]
    fn a_manifest_that_is_no_file_is_not_read() {
        let tree = Tree::new("pipe", &[]);
        let made = std::process::Command::new("mkfifo")
            .arg(tree.0.join("Cargo.toml"))
            .status();
        assert!(made.unwrap().success());
        // Opening it would wait for a writer forever.
        assert!(!tree.is_in_the_way("acme"));
    }
}
