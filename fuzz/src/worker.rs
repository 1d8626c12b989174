//! The process in which inputs are tried. It reads an input's length and bytes, and answers with the length and bytes of what the
//! target said. A panic ends it.

use std::io::{self, Read, Write};

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::targets::Target;

/// As much address space may a worker use.
pub const MEMORY: u64 = 4 * 1024 * 1024 * 1024;

/// Tries inputs until there are no more.
///
/// # Errors
/// When the pipes break.
pub fn run(target: &Target) -> io::Result<()> {
    let limit = Rlimit {
        current: Some(MEMORY),
        maximum: Some(MEMORY),
    };
    setrlimit(Resource::As, limit)?;
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    while let Some(bytes) = read(&mut input)? {
        write(&mut output, (target.run)(&bytes).as_bytes())?;
    }
    Ok(())
}

/// Reads a message; `None` at the end.
///
/// # Errors
/// When the pipe breaks within a message.
pub fn read(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
    from.read_exact(&mut bytes)?;
    Ok(Some(bytes))
}

/// Writes a message.
///
/// # Errors
/// When the pipe breaks.
pub fn write(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    // Inputs are far shorter than 4 GB.
    to.write_all(&(bytes.len() as u32).to_le_bytes())?;
    to.write_all(bytes)?;
    to.flush()
}
