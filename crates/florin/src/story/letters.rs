//! Mail that a server without one lays into its outbox.

use std::fs;
use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

use super::failed;
use crate::Failure;

/// How long a letter is waited for: so often, and so long each time.
const LOOKS: u32 = 100;
const BETWEEN: Duration = Duration::from_millis(100);

/// The secret that the latest letter to somebody carries.
pub(super) async fn token_for(data: &Path, email: &str) -> Result<Zeroizing<String>, Failure> {
    let outbox = data.join("outbox");
    for _ in 0..LOOKS {
        if let Some(token) = latest(&outbox, email)? {
            return Ok(token);
        }
        tokio::time::sleep(BETWEEN).await;
    }
    Err(failed(format!(
        "no letter to {email} arrived in {}; does the server send mail elsewhere?",
        outbox.display()
    )))
}

fn latest(outbox: &Path, email: &str) -> Result<Option<Zeroizing<String>>, Failure> {
    if !outbox.exists() {
        return Ok(None);
    }
    let files = fs::read_dir(outbox).map_err(|error| Failure::from(error).during(outbox.display()))?;
    let mut letters: Vec<_> = files.filter_map(|file| file.ok().map(|file| file.path())).collect();
    // Their names begin with identifiers that rise with time.
    letters.sort();
    for path in letters.iter().rev() {
        // A letter that is just being written is read the next time.
        let Ok(text) = fs::read_to_string(path) else { continue };
        let text = Zeroizing::new(text);
        let is_theirs = text.lines().any(|line| line.starts_with("To: ") && line.contains(email));
        if let (true, Some(token)) = (is_theirs, token_in(&text)) {
            return Ok(Some(token));
        }
    }
    Ok(None)
}

fn token_in(letter: &str) -> Option<Zeroizing<String>> {
    // Long lines are broken by an equals sign at their end, and the sign itself is written as its code.
    let whole = Zeroizing::new(letter.replace("=\r\n", "").replace("=\n", "").replace("=3D", "="));
    let (_, rest) = whole.split_once("?token=")?;
    let token: String =
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect();
    (!token.is_empty()).then(|| Zeroizing::new(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_letter_to_somebody_is_read() {
        let data = tempfile::tempdir().unwrap();
        let outbox = data.path().join("outbox");
        assert_eq!(latest(&outbox, "ada@example.org").unwrap(), None);
        fs::create_dir(&outbox).unwrap();
        let letter = |name: &str, to: &str, token: &str| {
            let text =
                format!("To: {to}\r\nSubject: x\r\n\r\nhttps://h/verify?token=3D{token}=\r\nrest and more");
            fs::write(outbox.join(name), text).unwrap();
        };
        letter("1-a.eml", "Ada <ada@example.org>", "one-");
        letter("2-b.eml", "ben@example.org", "two-");
        letter("3-a.eml", "Ada <ada@example.org>", "three-");

        let token = latest(&outbox, "ada@example.org").unwrap().unwrap();

        assert_eq!(token.as_str(), "three-rest");
        assert_eq!(latest(&outbox, "eve@example.org").unwrap(), None);
    }
}
