//! The notary's key, and whose signatures are believed: Ed25519, as C2SP's signed notes have it.
//!
//! A key is written as Go's note package writes it: `PRIVATE+KEY+NAME+ID+BASE64` to sign, `NAME+ID+BASE64` to check.

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::SigningKey;
use signed_note::{
    Note, NoteError, Signer, StandardSigner, StandardVerifier, Verifier, VerifierList, key_id,
    new_ed25519_verifier_key,
};
use tlog_tiles::{Checkpoint, Hash};

/// Ed25519, before the key's bytes.
const ALGORITHM: u8 = 1;
/// What a note says that vouches for an export, between the log's origin and the hash. A checkpoint has a number there, so
/// that neither is ever taken for the other.
const EXPORT: &str = "an export, by the SHA-256 of its manifest.json";

/// What signs.
#[derive(Clone)]
pub struct NotaryKey {
    signer: StandardSigner,
    public: String,
}

/// Why a text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Of the one that signs.
    #[error("this is not a notary's key (PRIVATE+KEY+…); `colloquy audit keygen` makes one")]
    NotPrivate,
    /// Of one that checks.
    #[error(
        "this is not the public part of a notary's key (NAME+ID+BASE64); `colloquy audit key` shows the server's"
    )]
    NotPublic,
}

/// Why a signed note is not believed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// It is none, or says something else.
    #[error("this is not what a notary signs there")]
    Malformed,
    /// It is of another log.
    #[error("this is of another log, {0}")]
    OtherLog(String),
    /// Nobody known has signed it.
    #[error(
        "it was signed by nobody whose key is known ({0}); give the key with --key if it is to be believed"
    )]
    UnknownKey(String),
    /// Somebody known has not signed this.
    #[error("its signature is not that of the key it names")]
    Forged,
}

impl NotaryKey {
    /// A new one for the log of this origin, as text.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate(name: &str) -> Result<String, getrandom::Error> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        let key = SigningKey::from_bytes(&seed);
        let id = key_id(name, &tagged(key.verifying_key().as_bytes()));
        let bytes = STANDARD.encode(tagged(key.as_bytes()));
        Ok(format!("PRIVATE+KEY+{name}+{id:08x}+{bytes}"))
    }

    /// Reads one.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let signer = StandardSigner::new(text).map_err(|_| KeyError::NotPrivate)?;
        // The signer keeps its key to itself.
        let bytes = text.splitn(5, '+').last();
        let bytes = bytes.and_then(|bytes| STANDARD.decode(bytes).ok());
        let seed = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes.get(1..)?).ok());
        let key = SigningKey::from_bytes(&seed.ok_or(KeyError::NotPrivate)?);
        let public = new_ed25519_verifier_key(signer.name(), &key.verifying_key());
        Ok(Self { signer, public })
    }

    /// The part of it that checks, for auditors.
    #[must_use]
    pub fn public(&self) -> &str {
        &self.public
    }

    /// Signs that the first `size` events of a log have this root.
    ///
    /// # Errors
    /// When the origin cannot be written in a checkpoint.
    pub fn sign(&self, origin: &str, size: u64, root: Hash) -> Result<String, NoteError> {
        let checkpoint =
            Checkpoint::new(origin, size, root, "").map_err(|_| NoteError::MalformedNote)?;
        self.signed(&checkpoint.to_bytes())
    }

    /// Signs that an export of this log has the manifest with this SHA-256, in hexadecimal digits.
    ///
    /// # Errors
    /// When the origin is not one line: what follows would say something else.
    pub fn sign_export(&self, origin: &str, manifest: &str) -> Result<String, NoteError> {
        if origin.contains('\n') {
            return Err(NoteError::MalformedNote);
        }
        self.signed(format!("{origin}\n{EXPORT}\n{manifest}\n").as_bytes())
    }

    fn signed(&self, text: &[u8]) -> Result<String, NoteError> {
        let mut note = Note::new(text, &[])?;
        note.add_sigs(&[&self.signer])?;
        String::from_utf8(note.to_bytes()).map_err(|_| NoteError::MalformedNote)
    }
}

impl std::fmt::Debug for NotaryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NotaryKey({})", self.public)
    }
}

fn tagged(key: &[u8; 32]) -> Vec<u8> {
    [&[ALGORITHM], &key[..]].concat()
}

/// Whose signatures of one log are believed.
pub struct Trusted {
    origin: String,
    verifiers: VerifierList,
}

impl Trusted {
    /// Those of these public keys.
    ///
    /// # Errors
    /// When one is none.
    pub fn new<'k>(
        origin: impl Into<String>,
        keys: impl IntoIterator<Item = &'k str>,
    ) -> Result<Self, KeyError> {
        let mut distinct: Vec<&str> = keys.into_iter().map(str::trim).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let mut verifiers: Vec<Box<dyn Verifier>> = vec![];
        for key in distinct {
            let verifier = StandardVerifier::new(key).map_err(|_| KeyError::NotPublic)?;
            verifiers.push(Box::new(verifier));
        }
        Ok(Self {
            origin: origin.into(),
            verifiers: VerifierList::new(verifiers),
        })
    }

    /// The size and root that a note vouches for.
    ///
    /// # Errors
    /// When it is not to be believed.
    pub fn check(&self, note: &str) -> Result<(u64, Hash), Untrusted> {
        self.verified(note)?;
        let (origin, size, root) = unchecked(note).ok_or(Untrusted::Malformed)?;
        self.is_ours(&origin)?;
        Ok((size, root))
    }

    /// The SHA-256 of the manifest of the export that a note vouches for, in hexadecimal digits.
    ///
    /// # Errors
    /// When it is not to be believed.
    pub fn check_export(&self, note: &str) -> Result<String, Untrusted> {
        let note = self.verified(note)?;
        let text = std::str::from_utf8(note.text()).map_err(|_| Untrusted::Malformed)?;
        let lines: Vec<&str> = text.lines().collect();
        let [origin, EXPORT, manifest] = lines[..] else {
            return Err(Untrusted::Malformed);
        };
        self.is_ours(origin)?;
        Ok(manifest.to_owned())
    }

    fn is_ours(&self, origin: &str) -> Result<(), Untrusted> {
        match origin == self.origin {
            true => Ok(()),
            false => Err(Untrusted::OtherLog(origin.to_owned())),
        }
    }

    /// A note that somebody has signed whose key is known.
    fn verified(&self, note: &str) -> Result<Note, Untrusted> {
        let parsed = Note::from_bytes(note.as_bytes()).map_err(|_| Untrusted::Malformed)?;
        match parsed.verify(&self.verifiers) {
            Ok(_) => Ok(parsed),
            Err(NoteError::InvalidSignature { .. }) => Err(Untrusted::Forged),
            Err(NoteError::UnverifiedNote) => {
                let line = note.lines().last().unwrap_or_default();
                let signer = line.split(' ').nth(1).unwrap_or_default();
                Err(Untrusted::UnknownKey(signer.to_owned()))
            }
            Err(_) => Err(Untrusted::Malformed),
        }
    }
}

/// What a note says, whoever signed it: origin, size, root.
#[must_use]
pub fn unchecked(note: &str) -> Option<(String, u64, Hash)> {
    let parsed = Note::from_bytes(note.as_bytes()).ok()?;
    let checkpoint = Checkpoint::from_bytes(parsed.text()).ok()?;
    Some((
        checkpoint.origin().to_owned(),
        checkpoint.size(),
        *checkpoint.hash(),
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use tlog_tiles::record_hash;

    use super::*;

    #[test]
    fn a_key_signs_what_its_public_part_believes_and_nothing_else() {
        let key = NotaryKey::parse(&NotaryKey::generate("colloquy/x").unwrap()).unwrap();
        let other = NotaryKey::parse(&NotaryKey::generate("colloquy/x").unwrap()).unwrap();
        let trusted = Trusted::new("colloquy/x", [key.public()]).unwrap();
        let root = record_hash(b"a");
        let note = key.sign("colloquy/x", 3, root).unwrap();
        assert_eq!(trusted.check(&note), Ok((3, root)));
        assert!(note.starts_with("colloquy/x\n3\n"), "{note}");

        let forged = note.replacen("\n3\n", "\n4\n", 1);
        assert_eq!(trusted.check(&forged), Err(Untrusted::Forged));
        let theirs = other.sign("colloquy/x", 3, root).unwrap();
        assert!(
            matches!(trusted.check(&theirs), Err(Untrusted::UnknownKey(name)) if name == "colloquy/x")
        );
        let elsewhere = key.sign("colloquy/y", 3, root).unwrap();
        assert_eq!(
            trusted.check(&elsewhere),
            Err(Untrusted::OtherLog("colloquy/y".to_owned()))
        );
        assert_eq!(trusted.check("colloquy/x\n3\n"), Err(Untrusted::Malformed));
    }

    #[test]
    fn a_manifest_is_signed_as_what_it_is() {
        let key = NotaryKey::parse(&NotaryKey::generate("colloquy/x").unwrap()).unwrap();
        let trusted = Trusted::new("colloquy/x", [key.public()]).unwrap();
        let note = key.sign_export("colloquy/x", "abc").unwrap();
        assert_eq!(trusted.check_export(&note), Ok("abc".to_owned()));
        let forged = note.replacen("abc", "abd", 1);
        assert_eq!(trusted.check_export(&forged), Err(Untrusted::Forged));
        let elsewhere = key.sign_export("colloquy/y", "abc").unwrap();
        assert_eq!(
            trusted.check_export(&elsewhere),
            Err(Untrusted::OtherLog("colloquy/y".to_owned()))
        );
        // Neither is taken for the other.
        assert_eq!(trusted.check(&note), Err(Untrusted::Malformed));
        let checkpoint = key.sign("colloquy/x", 3, record_hash(b"a")).unwrap();
        assert_eq!(trusted.check_export(&checkpoint), Err(Untrusted::Malformed));
        assert!(key.sign_export("colloquy/x\n3\n", "abc").is_err());
    }

    #[test]
    fn what_is_no_key_is_told() {
        assert!(matches!(NotaryKey::parse("x"), Err(KeyError::NotPrivate)));
        let key = NotaryKey::generate("x").unwrap();
        assert!(matches!(
            Trusted::new("x", [&*key]),
            Err(KeyError::NotPublic)
        ));
        assert!(!format!("{:?}", NotaryKey::parse(&key).unwrap()).contains("PRIVATE"));
    }
}
