//! Writing a file whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Writes a file under another name beside its own, which it gets when it is complete: whoever reads it meanwhile, or after a
/// failure, finds the old one.
pub fn write_whole(path: &Path, contents: &str) -> io::Result<()> {
    let permissions = match fs::metadata(path) {
        // A pipe or a device is written to, not replaced.
        Ok(metadata) if !metadata.is_file() => return fs::write(path, contents),
        Ok(metadata) => Some(metadata.permissions()),
        Err(_) => None,
    };
    // A link stays, and what it leads to is replaced.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (draft, mut file) = create_beside(&path)?;
    let written = file
        .write_all(contents.as_bytes())
        .and_then(|()| permissions.map_or(Ok(()), |permissions| file.set_permissions(permissions)))
        .and_then(|()| fs::rename(&draft, &path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&draft);
    }
    written
}

/// A new file with a hidden name beside another; the process id keeps simultaneous runs apart.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // The system allows for names of 255 bytes.
    let name: String = name.chars().take(50).collect();
    let id = std::process::id();
    let mut attempt = 0;
    loop {
        let draft = path.with_file_name(format!(".{name}.new-{id}-{attempt}"));
        match File::create_new(&draft) {
            Ok(file) => return Ok((draft, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a folder of its own holds after `act`.
    fn names_after(test: &str, act: impl FnOnce(&Path)) -> Vec<String> {
        let folder =
            std::env::temp_dir().join(format!("connector-gen-whole-{}-{test}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        act(&folder);
        let entries = fs::read_dir(&folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        fs::remove_dir_all(&folder).unwrap();
        names
    }

    #[test]
    fn a_file_is_replaced_and_not_overwritten() {
        let names = names_after("replace", |folder| {
            let (file, reader) = (folder.join("file"), folder.join("reader"));
            write_whole(&file, "old").unwrap();
            fs::hard_link(&file, &reader).unwrap();
            write_whole(&file, "new").unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), "new");
            assert_eq!(fs::read_to_string(&reader).unwrap(), "old");
        });
        assert_eq!(names, ["file", "reader"]);
    }

    #[test]
    fn nothing_stays_of_what_failed() {
        let names = names_after("failed", |folder| {
            // No file can have this name.
            assert!(write_whole(&folder.join("file/"), "new").is_err());
            assert!(write_whole(&folder.join("none/file"), "new").is_err());
            assert!(write_whole(folder, "new").is_err());
        });
        assert!(names.is_empty(), "{names:?}");
    }

    #[cfg(unix)]
    #[test]
    fn links_and_pipes_stay() {
        use std::os::unix::fs::{FileTypeExt as _, symlink};

        let names = names_after("links", |folder| {
            let (file, link, pipe) = (
                folder.join("file"),
                folder.join("link"),
                folder.join("pipe"),
            );
            fs::write(&file, "old").unwrap();
            symlink("file", &link).unwrap();
            write_whole(&link, "new").unwrap();
            assert!(link.is_symlink());
            assert_eq!(fs::read_to_string(&file).unwrap(), "new");

            let made = std::process::Command::new("mkfifo").arg(&pipe).status();
            assert!(made.unwrap().success());
            // Opened like this, it has a reader without anyone waiting for the other.
            let reader = File::options().read(true).write(true).open(&pipe);
            write_whole(&pipe, "new").unwrap();
            assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
            drop(reader);
        });
        assert_eq!(names, ["file", "link", "pipe"]);
    }
}
